"""What the record says: it reads the store, asks the statistics, and answers in tables, sentences, figures."""
