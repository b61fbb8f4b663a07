-- What administrators change while the system runs, by ID. The value is text; what it means is the matter of whoever reads it.

CREATE TABLE system_config (
  seq BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  id VARCHAR(64) NOT NULL UNIQUE,
  value LONGTEXT NOT NULL,
  createTime BIGINT NOT NULL,
  updateTime BIGINT NOT NULL) CHARACTER SET utf8mb4 COLLATE ${bin};
