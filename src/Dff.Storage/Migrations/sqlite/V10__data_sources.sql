-- Data sources. Their secrets are sealed as one JSON object; which ones there are stands beside it.

CREATE TABLE data_source (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  title TEXT,
  description TEXT,
  type TEXT NOT NULL,
  configJSON TEXT NOT NULL,
  sealedSecrets TEXT,
  secretFieldsJSON TEXT NOT NULL,
  configVersion TEXT NOT NULL,
  isBuiltin INTEGER NOT NULL,
  isPinned INTEGER NOT NULL,
  searchText TEXT NOT NULL,
  createTime INTEGER NOT NULL,
  updateTime INTEGER NOT NULL);
