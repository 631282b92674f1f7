"""Keeps help-desk tickets in step, both ways, between Incident IQ and another ITSM."""

__version__ = "0.1.0"
