"""Read models of other tools from SBML files: ordinary differential equations, and nothing that would change their meaning."""
