"""Units with their versions, who is responsible for whom, numbers of pupils, school years and terms."""
