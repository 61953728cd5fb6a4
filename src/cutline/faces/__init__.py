"""The faces: what people meet. Each face translates; none computes."""
