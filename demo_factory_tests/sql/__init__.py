"""SQL as people write it, as attackers write it and as nobody would: held against Spark itself."""
