"""The paper that this grew out of (McInroe 2020): its grids, and what runs say of its three findings."""
