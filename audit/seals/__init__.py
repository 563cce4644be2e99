"""What a seal is made of, apart from any database: bytes, hashes, trees, signed notes, and the files outside of it."""
