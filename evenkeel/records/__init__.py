"""What the lab keeps and hands on, as frozen values. No code here reads or writes anything."""
