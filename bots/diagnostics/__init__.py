"""What is wrong with a customer's form: a pure function of its JSON, and the robot that says it in a thread."""
