"""`make bench`: what the portal's usual requests cost, against the goals and a bare Flask page of the same run."""
