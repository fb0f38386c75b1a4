"""The joke robots: one class, four products. For development, and for employees who ask."""
