"""What people see: pages, their styles and scripts, served as they stand here."""
