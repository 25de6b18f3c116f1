"""What a demo stands on when it runs on one machine: Java, Spark, Delta folders, a lock and a ledger."""
