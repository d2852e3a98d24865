"""Shapes of protocol/, generated or checked at the edge."""
