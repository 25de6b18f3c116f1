"""Word lists of persons and places by country, and the SQL that makes the parts of one row agree with each other.

Phone numbers come from the ranges that the countries' regulators keep free for fiction, so nobody is ever called.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from demo_factory.formulas.distributions import discrete
from demo_factory.formulas.random import draw, long
from demo_factory.sql.names import literal, numbers, texts


@dataclass(frozen=True)
class City:
    """A city: in `postal` and `phone`, # is a digit and ? a letter."""

    name: str
    region: str
    postal: str
    phone: str


@dataclass(frozen=True)
class Country:
    """The names, streets and cities of a country; every country has as many names and streets as the others."""

    first_names: tuple[str, ...]
    last_names: tuple[str, ...]
    streets: tuple[str, ...]
    number_first: bool
    cities: tuple[City, ...]


def _cities(text: str) -> tuple[City, ...]:
    return tuple(City(*(part.strip() for part in line.split("|"))) for line in text.strip().splitlines())


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(","))


COUNTRIES: dict[str, Country] = {
    "US": Country(
        _words("""James, Mary, Robert, Patricia, John, Jennifer, Michael, Linda, David, Elizabeth, William, Barbara,
        Richard, Susan, Joseph, Jessica, Thomas, Karen, Christopher, Sarah, Daniel, Lisa, Matthew, Nancy, Anthony,
        Sandra, Mark, Ashley, Steven, Emily, Andrew, Kimberly, Joshua, Michelle, Kevin, Amanda, Brian, Melissa,
        Carlos, Maria"""),
        _words("""Smith, Johnson, Williams, Brown, Jones, Garcia, Miller, Davis, Rodriguez, Martinez, Hernandez,
        Lopez, Gonzalez, Wilson, Anderson, Thomas, Taylor, Moore, Jackson, Martin, Lee, Perez, Thompson, White,
        Harris, Sanchez, Clark, Ramirez, Lewis, Robinson, Walker, Young, Allen, King, Wright, Scott, Torres,
        Nguyen, Hill, Flores"""),
        _words("""Maple Street, Oak Avenue, Main Street, Cedar Lane, Washington Street, Lake Drive, Pine Street,
        Elm Street, Park Avenue, Hill Road, Sunset Boulevard, River Road, 2nd Street, Church Street, Highland Avenue,
        Franklin Street"""),
        True,
        _cities("""New York | NY | 100## | +1-212-555-01##
        Los Angeles | CA | 900## | +1-213-555-01##
        Chicago | IL | 606## | +1-312-555-01##
        Houston | TX | 770## | +1-713-555-01##
        Phoenix | AZ | 850## | +1-602-555-01##
        Philadelphia | PA | 191## | +1-215-555-01##
        San Diego | CA | 921## | +1-619-555-01##
        Dallas | TX | 752## | +1-214-555-01##
        Seattle | WA | 981## | +1-206-555-01##
        Denver | CO | 802## | +1-303-555-01##
        Boston | MA | 021## | +1-617-555-01##
        Atlanta | GA | 303## | +1-404-555-01##
        Miami | FL | 331## | +1-305-555-01##
        Minneapolis | MN | 554## | +1-612-555-01##"""),
    ),
    "GB": Country(
        _words("""Oliver, Olivia, George, Amelia, Harry, Isla, Jack, Ava, Charlie, Emily, Thomas, Sophie, Oscar, Grace,
        William, Lily, James, Freya, Henry, Ivy, Alfie, Florence, Joshua, Evie, Archie, Daisy, Ethan, Poppy, Isaac,
        Charlotte, Mohammed, Aisha, Samuel, Hannah, Edward, Alice, Callum, Megan, Rhys, Eleanor"""),
        _words("""Smith, Jones, Taylor, Brown, Williams, Wilson, Johnson, Davies, Patel, Robinson, Wright, Thompson,
        Evans, Walker, White, Roberts, Green, Hall, Wood, Jackson, Clarke, Khan, Lewis, Harris, Clark, Turner, Hughes,
        Edwards, Cooper, Ward, Morris, Murphy, Campbell, Stewart, MacDonald, Begum, Shaw, Bennett, Griffiths,
        Fraser"""),
        _words("""High Street, Station Road, Church Lane, Victoria Road, Park Road, London Road, Mill Lane,
        Green Lane, Kings Road, Queens Road, Manor Road, The Avenue, Chapel Street, Bridge Street, North Street,
        Albert Road"""),
        True,
        _cities("""London | Greater London | SE# #?? | +44 20 7946 0###
        Manchester | Greater Manchester | M# #?? | +44 161 496 0###
        Birmingham | West Midlands | B# #?? | +44 121 496 0###
        Leeds | West Yorkshire | LS# #?? | +44 113 496 0###
        Sheffield | South Yorkshire | S# #?? | +44 114 496 0###
        Liverpool | Merseyside | L# #?? | +44 151 496 0###
        Bristol | Bristol | BS# #?? | +44 117 496 0###
        Nottingham | Nottinghamshire | NG# #?? | +44 115 496 0###
        Edinburgh | City of Edinburgh | EH# #?? | +44 131 496 0###
        Glasgow | City of Glasgow | G# #?? | +44 141 496 0###
        Cardiff | South Glamorgan | CF# #?? | +44 29 2018 0###"""),
    ),
    "DE": Country(
        _words("""Paul, Emma, Jonas, Mia, Ben, Hannah, Leon, Sofia, Finn, Anna, Elias, Emilia, Felix, Lina, Lukas,
        Marie, Maximilian, Lena, Henry, Clara, Moritz, Johanna, Jakob, Laura, Tim, Julia, Jan, Katharina, Stefan,
        Sabine, Thomas, Claudia, Jürgen, Monika, Andreas, Petra, Mehmet, Elif, Günter, Käthe"""),
        _words("""Müller, Schmidt, Schneider, Fischer, Weber, Meyer, Wagner, Becker, Schulz, Hoffmann, Schäfer, Koch,
        Bauer, Richter, Klein, Wolf, Schröder, Neumann, Schwarz, Zimmermann, Braun, Krüger, Hofmann, Hartmann, Lange,
        Schmitt, Werner, Krause, Meier, Lehmann, Köhler, Huber, Kaiser, Fuchs, Peters, Lang, Scholz, Möller, Yılmaz,
        Groß"""),
        _words("""Hauptstraße, Bahnhofstraße, Lindenstraße, Gartenstraße, Schulstraße, Dorfstraße, Bergstraße,
        Kirchstraße, Waldstraße, Ringstraße, Goethestraße, Schillerstraße, Mozartstraße, Am Markt, Rosenweg,
        Birkenweg"""),
        False,
        _cities("""Berlin | Berlin | 101## | +49 30 23125 ###
        Hamburg | Hamburg | 203## | +49 40 66969 ###
        München | Bayern | 803## | +49 89 99998 ###
        Köln | Nordrhein-Westfalen | 506## | +49 221 4710 ###
        Frankfurt am Main | Hessen | 603## | +49 69 90009 ###"""),
    ),
    "FR": Country(
        _words("""Gabriel, Jade, Louis, Louise, Raphaël, Emma, Jules, Alice, Adam, Ambre, Lucas, Lina, Léo, Rose, Hugo,
        Chloé, Arthur, Anna, Nathan, Mila, Paul, Léa, Antoine, Manon, Camille, Inès, Mathieu, Juliette, Nicolas, Zoé,
        Pierre, Sophie, François, Hélène, Benoît, Céline, Karim, Yasmine, Théo, Margaux"""),
        _words("""Martin, Bernard, Thomas, Petit, Robert, Richard, Durand, Dubois, Moreau, Laurent, Simon, Michel,
        Lefèvre, Leroy, Roux, David, Bertrand, Morel, Fournier, Girard, Bonnet, Dupont, Lambert, Fontaine, Rousseau,
        Vincent, Muller, Faure, André, Mercier, Blanc, Guérin, Boyer, Garnier, Chevalier, François, Legrand, Gauthier,
        Benali, Perrin"""),
        _words("""rue de la Paix, rue Victor Hugo, rue de la Gare, rue Pasteur, avenue Jean Jaurès, rue du Moulin,
        place de la République, rue des Écoles, rue Jules Ferry, avenue de la Liberté, rue du Château,
        boulevard Voltaire, rue Saint-Michel, rue des Lilas, impasse des Fleurs, rue Gambetta"""),
        True,
        _cities("""Paris | Île-de-France | 750## | +33 1 99 00 ## ##
        Nantes | Pays de la Loire | 440## | +33 2 61 91 ## ##
        Rennes | Bretagne | 350## | +33 2 61 91 ## ##
        Lille | Hauts-de-France | 590## | +33 3 53 01 ## ##
        Strasbourg | Grand Est | 670## | +33 3 53 01 ## ##
        Lyon | Auvergne-Rhône-Alpes | 690## | +33 4 65 71 ## ##
        Marseille | Provence-Alpes-Côte d'Azur | 130## | +33 4 65 71 ## ##
        Toulouse | Occitanie | 310## | +33 5 36 49 ## ##
        Bordeaux | Nouvelle-Aquitaine | 330## | +33 5 36 49 ## ##"""),
    ),
}

_NAMES, _STREETS = 40, 16
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
# One letter for one letter, so that translate() can do it.
_ACCENTS = "äöüßéèêëàâáçîïíôóûùñıø"
_PLAIN = "aouseeeeaaaciiioouunio"


class People:
    """The SQL of persons and addresses for the countries of one table.

    `column(name, sql)` adds a hidden column and gives back its quoted name; `seed(purpose)` gives a seed.
    """

    def __init__(
        self, weights: dict[str, float], row: str, seed: Callable[[str], int], column: Callable[[str, str], str]
    ) -> None:
        self._weights, self._row, self._seed, self._column = weights, row, seed, column
        self._places = [(code, city) for code in weights for city in COUNTRIES[code].cities]

    def _draw(self, purpose: str) -> str:
        return draw(self._row, self._seed(purpose))

    def _place(self) -> str:
        shares = [self._weights[code] / len(COUNTRIES[code].cities) for code, _ in self._places]
        u = self._column("u_place", self._draw("place"))
        return self._column("place", discrete(u, [str(i) for i in range(len(shares))], shares))

    def _by_place(self, values: Sequence[str]) -> str:
        return f"element_at({texts(values)}, {self._place()} + 1)"

    def _country_offset(self, size: int) -> str:
        codes = list(self._weights)
        offsets = numbers((codes.index(code) * size for code, _ in self._places), "INT")
        return f"element_at({offsets}, {self._place()} + 1)"

    def _word(self, purpose: str, lists: Sequence[Sequence[str]], size: int) -> str:
        words = texts([word for words in lists for word in words])
        index = f"{self._country_offset(size)} + CAST(floor({self._draw(purpose)} * {size}D) AS INT) + 1"
        return f"element_at({words}, {index})"

    def _filled(self, patterns: list[str], purpose: str) -> str:
        """The place's pattern with each # a digit and each ? a letter; every mark has its own part of one hash."""
        h = self._column(f"h_{purpose}", f"pmod(xxhash64({self._row}, {long(self._seed(purpose))}), 1000000000000L)")
        longest = max(sum(pattern.count(mark) for mark in "#?") for pattern in patterns)
        digits = self._column(f"d_{purpose}", f"substring(CAST({h} + 1000000000000L AS STRING), 2)")
        letter = f"substring('{_LETTERS}', CAST(pmod({h} div {{place}}L, {len(_LETTERS)}L) AS INT) + 1, 1)"
        pieces = []
        for pattern in dict.fromkeys(patterns):
            used, parts, text = 0, [], ""
            for sign in pattern:
                if sign in "#?":
                    if text:
                        parts.append(literal(text))
                    text = ""
                    used += 1
                    parts.append(
                        f"substring({digits}, {used}, 1)" if sign == "#" else letter.format(place=10 ** (2 * used))
                    )
                else:
                    text += sign
            if text:
                parts.append(literal(text))
            places = ", ".join(str(i) for i, other in enumerate(patterns) if other == pattern)
            pieces.append(f"WHEN {self._place()} IN ({places}) THEN concat({', '.join(parts)})")
        assert longest <= 12, "a pattern has more marks than one hash has digits"
        return f"CASE {' '.join(pieces)} END"

    def first_name(self) -> str:
        """The given name, usual in the row's country."""
        return self._word("first_name", [COUNTRIES[code].first_names for code in self._weights], _NAMES)

    def last_name(self) -> str:
        """The family name, usual in the row's country."""
        return self._word("last_name", [COUNTRIES[code].last_names for code in self._weights], _NAMES)

    def full_name(self) -> str:
        """Given and family name."""
        return f"concat({self.first_name()}, ' ', {self.last_name()})"

    def email(self, domain: str) -> str:
        """An address from the name; the row number makes it unique."""
        name = f"lower(concat({self.first_name()}, '.', {self.last_name()}))"
        plain = f"translate({name}, {literal(_ACCENTS)}, {literal(_PLAIN)})"
        return f"concat({plain}, '.', CAST({self._row} + 1L AS STRING), {literal('@' + domain)})"

    def country(self) -> str:
        """The ISO code."""
        return self._by_place([code for code, _ in self._places])

    def city(self) -> str:
        """The city's name in its own language."""
        return self._by_place([city.name for _, city in self._places])

    def region(self) -> str:
        """The state, county, Land or région."""
        return self._by_place([city.region for _, city in self._places])

    def postal_code(self) -> str:
        """A postal code in the city's range."""
        return self._filled([city.postal for _, city in self._places], "postal_code")

    def phone(self) -> str:
        """A phone number of the city from a range kept for fiction."""
        return self._filled([city.phone for _, city in self._places], "phone")

    def street(self) -> str:
        """Street and house number in the country's order."""
        street = self._word("street", [COUNTRIES[code].streets for code in self._weights], _STREETS)
        number = f"CAST(1 + CAST(floor(pow({self._draw('house')}, 2D) * 180D) AS INT) AS STRING)"
        behind = ", ".join(literal(code) for code in self._weights if not COUNTRIES[code].number_first)
        before = f"concat({number}, ' ', {street})"
        return f"IF({self.country()} IN ({behind}), concat({street}, ' ', {number}), {before})" if behind else before
