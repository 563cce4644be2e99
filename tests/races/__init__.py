"""What the tests of races share: a model of a token's life, deeds done at once, histories of calls."""
