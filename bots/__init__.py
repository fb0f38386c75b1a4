"""The robots: ordinary Matrix users on matrix-nio that help staff, and the host that runs them."""
