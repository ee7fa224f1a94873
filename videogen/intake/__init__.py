"""How requests come in: request files, the inbox, watched folders, and the names of components that they may use."""
