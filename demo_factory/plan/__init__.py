"""What must happen, checked as a whole: compilation, contracts, price, health and explanations. Pure."""
