-- Functions that started one another: the root's task ID and the functions; null for a call from outside.

ALTER TABLE task ADD COLUMN chainJSON TEXT NULL;
