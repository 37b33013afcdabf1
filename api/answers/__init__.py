"""Works out the heavy answers. These functions run in the processes of `api.heavy`: they know no request."""
