"""The paper that Evenkeel began with (McInroe 2020): its grids, and the checks of its three findings."""
