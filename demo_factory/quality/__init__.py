"""Whether tables keep their contracts: Pandera schemas judged in few Spark passes, and rules across tables."""
