"""What is kept and protected: the vault of originals, photographs made fit to be shown."""
