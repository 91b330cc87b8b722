"""Engines print the graph of a model as code and integrate many cases at once; they know no biology."""
