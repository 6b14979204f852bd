"""How much: rows in, `Estimate` rows out."""
