-- The health center's store. Ids are the database's own; what a node calls itself are `serial` and the chains' tags.
-- A column named *_sealed holds nonce ‖ ciphertext ‖ tag under a key that is not in this database (keystore.ts), bound
-- to its table and row. In clear is only what an index needs.

CREATE TABLE instance (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  key_check_sealed BLOB NOT NULL,
  -- With `lot`, tells a database restored from a backup from one that was merely closed (watermark.ts).
  epoch INTEGER NOT NULL CHECK (epoch >= 0),
  lot INTEGER NOT NULL CHECK (lot >= 0),
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE health_center_keys (
  key_id BLOB PRIMARY KEY CHECK (length(key_id) = 8),
  suite INTEGER NOT NULL CHECK (suite IN (1, 2)),
  public_key BLOB NOT NULL CHECK (length(public_key) IN (192, 256)),
  secret_sealed BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  retired_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE gateways (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 63),
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;

CREATE TABLE patients (
  id INTEGER PRIMARY KEY,
  label_sealed BLOB NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE nodes (
  id INTEGER PRIMARY KEY,
  serial BLOB NOT NULL UNIQUE CHECK (length(serial) = 8),
  patient INTEGER NOT NULL REFERENCES patients (id),
  suite INTEGER NOT NULL CHECK (suite IN (1, 2)),
  public_key BLOB NOT NULL UNIQUE CHECK (length(public_key) IN (192, 256)),
  -- P, M and the identity key of its advertisements, 32 octets each
  secrets_sealed BLOB NOT NULL,
  -- O_j of the first offline chain that has no row in `chains` yet
  offline_sealed BLOB NOT NULL,
  offline_step INTEGER NOT NULL CHECK (offline_step >= 0),
  enrolment_version INTEGER NOT NULL CHECK (enrolment_version >= 0),
  collaboration_mode INTEGER NOT NULL CHECK (collaboration_mode IN (0, 1, 2)),
  plan_sealed BLOB,
  -- of the last command that carried a version
  command_version INTEGER NOT NULL DEFAULT 0 CHECK (command_version >= 0),
  -- after a restore: what the backup lost is asked for at the next handshake
  resend_due INTEGER NOT NULL DEFAULT 0 CHECK (resend_due IN (0, 1)),
  firmware TEXT,
  last_handshake_ms INTEGER,
  last_record_ms INTEGER,
  created_ms INTEGER NOT NULL,
  revoked_ms INTEGER
) STRICT;
CREATE INDEX nodes_of_patient ON nodes (patient);

-- Which gateway carries for which node: the handle is the gateway's name for the link.
CREATE TABLE links (
  node INTEGER NOT NULL REFERENCES nodes (id),
  gateway INTEGER NOT NULL REFERENCES gateways (id),
  handle BLOB NOT NULL CHECK (length(handle) BETWEEN 1 AND 16),
  link_key_sealed BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (node, gateway),
  UNIQUE (gateway, handle)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES nodes (id),
  resumed INTEGER NOT NULL CHECK (resumed IN (0, 1)),
  -- A record has opened under it: what came before may be let go.
  confirmed INTEGER NOT NULL DEFAULT 0 CHECK (confirmed IN (0, 1)),
  -- of the handshake, to answer a repeated message 3 again: its id and the SHA-256 of message 3
  handshake_id BLOB UNIQUE CHECK (length(handshake_id) = 8),
  message3_hash BLOB CHECK (length(message3_hash) = 32),
  -- NULL once the session only receives
  down_sealed BLOB,
  resumption_sealed BLOB,
  next_attempt INTEGER NOT NULL DEFAULT 0 CHECK (next_attempt >= 0),
  created_ms INTEGER NOT NULL,
  UNIQUE (id, node),
  CHECK ((handshake_id IS NULL) = (message3_hash IS NULL))
) STRICT;
CREATE INDEX sessions_of_node ON sessions (node, id);

CREATE TABLE resume_ids (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  session INTEGER NOT NULL REFERENCES sessions (id),
  attempt INTEGER NOT NULL CHECK (attempt >= 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX resume_ids_of_session ON resume_ids (session);

-- Chains of records that come up. status: 0 open, 1 complete, 2 closed (by a person, or no longer listed by the node).
CREATE TABLE chains (
  id INTEGER PRIMARY KEY,
  tag BLOB NOT NULL UNIQUE CHECK (length(tag) = 8),
  node INTEGER NOT NULL REFERENCES nodes (id),
  session INTEGER,
  offline_step INTEGER CHECK (offline_step >= 0),
  urgent INTEGER NOT NULL CHECK (urgent IN (0, 1)),
  status INTEGER NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2)),
  state_sealed BLOB NOT NULL,
  -- since when indices below a received one are missing, and whether a person was told
  hole_since_ms INTEGER,
  hole_told INTEGER NOT NULL DEFAULT 0 CHECK (hole_told IN (0, 1)),
  UNIQUE (id, node),
  FOREIGN KEY (session, node) REFERENCES sessions (id, node),
  CHECK ((session IS NULL) <> (offline_step IS NULL))
) STRICT;
CREATE INDEX chains_of_node ON chains (node, status);
CREATE INDEX chains_of_session ON chains (session);

CREATE TABLE day_keys (
  id INTEGER PRIMARY KEY,
  patient INTEGER NOT NULL REFERENCES patients (id),
  -- days since 1970-01-01 in UTC
  day INTEGER NOT NULL CHECK (day BETWEEN 0 AND 4000000),
  key_sealed BLOB NOT NULL,
  UNIQUE (patient, day)
) STRICT;

-- One row a record. The primary key is what makes "stored once" true. kind 0 is an authentic record that could not be
-- read. time_source: 0 mapped from an exchange with the node, 1 placed between its neighbours, 2 time of arrival.
CREATE TABLE readings (
  node INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  idx INTEGER NOT NULL CHECK (idx BETWEEN 0 AND 4294967295),
  kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 6),
  time_ms INTEGER NOT NULL CHECK (time_ms BETWEEN 0 AND 281474976710656),
  uncertainty_ms INTEGER NOT NULL CHECK (uncertainty_ms >= 0),
  time_source INTEGER NOT NULL CHECK (time_source IN (0, 1, 2)),
  boot INTEGER CHECK (boot BETWEEN 0 AND 4294967295),
  tick INTEGER CHECK (tick BETWEEN 0 AND 281474976710656),
  channel INTEGER CHECK (channel BETWEEN 1 AND 7),
  day_key INTEGER NOT NULL REFERENCES day_keys (id),
  value_sealed BLOB NOT NULL CHECK (length(value_sealed) BETWEEN 16 AND 1040),
  PRIMARY KEY (node, chain, idx),
  FOREIGN KEY (chain, node) REFERENCES chains (id, node),
  CHECK ((kind = 0) = (boot IS NULL) AND (boot IS NULL) = (tick IS NULL)),
  CHECK ((kind = 2) = (channel IS NOT NULL))
) STRICT;
CREATE INDEX readings_by_time ON readings (node, kind, time_ms);
CREATE INDEX readings_unplaced ON readings (node, boot) WHERE time_source = 1;

-- minimum, mean, maximum and quality of each vital sign, a row a minute
CREATE TABLE roll_ups (
  node INTEGER NOT NULL REFERENCES nodes (id),
  minute_ms INTEGER NOT NULL CHECK (minute_ms % 60000 = 0),
  day_key INTEGER NOT NULL REFERENCES day_keys (id),
  value_sealed BLOB NOT NULL,
  PRIMARY KEY (node, minute_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE gaps (
  id INTEGER PRIMARY KEY,
  node INTEGER NOT NULL,
  chain INTEGER NOT NULL,
  first_idx INTEGER NOT NULL CHECK (first_idx >= 0),
  last_idx INTEGER NOT NULL CHECK (last_idx >= first_idx),
  -- 1 reset, 2 thinned, 3 journal damaged (said by the node); 4 lost by a restored backup, 5 closed by a person
  reason INTEGER NOT NULL CHECK (reason BETWEEN 1 AND 5),
  created_ms INTEGER NOT NULL,
  UNIQUE (chain, first_idx, last_idx, reason),
  FOREIGN KEY (chain, node) REFERENCES chains (id, node)
) STRICT;
CREATE INDEX gaps_of_node ON gaps (node, created_ms);

-- Starts of a node: how far its ticks went, and the exchanges that map them to time.
CREATE TABLE boots (
  node INTEGER NOT NULL REFERENCES nodes (id),
  boot INTEGER NOT NULL CHECK (boot BETWEEN 0 AND 4294967295),
  last_tick INTEGER NOT NULL CHECK (last_tick >= 0),
  first_seen_ms INTEGER NOT NULL,
  PRIMARY KEY (node, boot)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
  node INTEGER NOT NULL,
  boot INTEGER NOT NULL,
  tick INTEGER NOT NULL CHECK (tick >= 0),
  time_ms INTEGER NOT NULL CHECK (time_ms >= 0),
  uncertainty_ms INTEGER NOT NULL CHECK (uncertainty_ms >= 0),
  PRIMARY KEY (node, boot, tick),
  FOREIGN KEY (node, boot) REFERENCES boots (node, boot)
) STRICT, WITHOUT ROWID;

-- What a person is told, and what persons did. No reading stands here.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  time_ms INTEGER NOT NULL,
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
  node INTEGER REFERENCES nodes (id),
  gateway INTEGER REFERENCES gateways (id),
  detail TEXT NOT NULL DEFAULT '' CHECK (length(detail) <= 400),
  alert INTEGER NOT NULL CHECK (alert IN (0, 1)),
  seen_ms INTEGER
) STRICT;
CREATE INDEX events_of_node ON events (node, time_ms);
CREATE INDEX events_to_see ON events (time_ms) WHERE alert = 1 AND seen_ms IS NULL;

-- What was refused, charged to the gateway that brought it; 0 is nobody in particular.
CREATE TABLE counters (
  gateway INTEGER NOT NULL CHECK (gateway >= 0),
  code TEXT NOT NULL CHECK (length(code) BETWEEN 1 AND 40),
  count INTEGER NOT NULL CHECK (count >= 0),
  PRIMARY KEY (gateway, code)
) STRICT, WITHOUT ROWID;
