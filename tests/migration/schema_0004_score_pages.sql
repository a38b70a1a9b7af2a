BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0004_score_pages');
CREATE TABLE api_keys (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	scopes TEXT NOT NULL, 
	lookup TEXT NOT NULL, 
	secret_hash TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	revoked_at BIGINT, 
	CONSTRAINT pk_api_keys PRIMARY KEY (id)
);
INSERT INTO "api_keys" VALUES('key-1','default','laptop','["read"]','a7582438f42ac189','a7582438f42ac189da9f54ea591950954fb2c3b368c05dba91d1e363574b64aa',1893585600000000,NULL);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	project TEXT NOT NULL, 
	action TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	details TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,'default','run.created','run-1','Ada',1893585600000000,'{}');
CREATE TABLE costs (
	run_id TEXT NOT NULL, 
	datapoint_id TEXT NOT NULL, 
	repeat INTEGER NOT NULL, 
	phase TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	project TEXT NOT NULL, 
	model TEXT NOT NULL, 
	amount_usd TEXT NOT NULL, 
	source TEXT NOT NULL, 
	CONSTRAINT pk_costs PRIMARY KEY (run_id, datapoint_id, repeat, phase, at)
)
 WITHOUT ROWID

;
INSERT INTO "costs" VALUES('run-1','d0',0,'answer',1893585600000000,'default','openai:small','0.00012345','priced');
INSERT INTO "costs" VALUES('run-1','d1',0,'answer',1893585600000000,'default','openai:small','0.00012345','priced');
CREATE TABLE datapoints (
	dataset_id TEXT NOT NULL, 
	position BIGINT NOT NULL, 
	id TEXT NOT NULL, 
	content TEXT NOT NULL, digest TEXT, 
	CONSTRAINT pk_datapoints PRIMARY KEY (dataset_id, position), 
	CONSTRAINT fk_datapoints_dataset_id_datasets FOREIGN KEY(dataset_id) REFERENCES datasets (id) ON DELETE CASCADE, 
	CONSTRAINT uq_datapoints_dataset_id_id UNIQUE (dataset_id, id)
);
INSERT INTO "datapoints" VALUES('01b8e27f-41e8-7f55-8dee-3d2ff9be388c',0,'d0','{"inputs":{"question":"0 + 0"},"ground_truth":{"answer":0},"metadata":{"level":0}}',NULL);
INSERT INTO "datapoints" VALUES('01b8e27f-41e8-7f55-8dee-3d2ff9be388c',1,'d1','{"inputs":{"question":"1 + 1"},"ground_truth":{"answer":2},"metadata":{"level":1}}',NULL);
INSERT INTO "datapoints" VALUES('01a1ff2a-820a-7b2b-826f-67d0d6b65792',0,'d0','{"inputs":{"question":"0 + 0"},"ground_truth":{"answer":0},"metadata":{"level":0}}','a49058afc5160159933eda7f1114fce9d1c4be17809245e19c3e4a1515a36186');
INSERT INTO "datapoints" VALUES('01a1ff2a-820a-7b2b-826f-67d0d6b65792',1,'d1','{"inputs":{"question":"1 + 1"},"ground_truth":{"answer":2},"metadata":{"level":1}}','322fe05ef30799c93e0b7f6f8edb7d54ac6c5d2a4968d36f733bf3df90d68fc0');
INSERT INTO "datapoints" VALUES('01a1ff2a-820a-7b2b-826f-67d0d6b65792',2,'d2','{"inputs":{"question":"2 + 2"},"ground_truth":{"answer":4},"metadata":{"level":2}}','cdb1859d1c3493f3585ad6d7712d72b16deed7d9bd191c9a68da7d9b8533a5a2');
INSERT INTO "datapoints" VALUES('01a1ff2a-820a-7b2b-826f-67d0d6b65792',3,'d3','{"inputs":{"question":"3 + 3"},"ground_truth":{"answer":6},"metadata":{"level":0}}','9a771db37975b928caf342b7ce768563566697040590d8227d5bd8877e56bb38');
CREATE TABLE datasets (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	metadata TEXT NOT NULL, rows_of TEXT, 
	CONSTRAINT pk_datasets PRIMARY KEY (id), 
	CONSTRAINT uq_datasets_project_name_digest UNIQUE (project, name, digest), 
	CONSTRAINT uq_datasets_project_name_version UNIQUE (project, name, version)
);
INSERT INTO "datasets" VALUES('01b8e27f-41e8-7f55-8dee-3d2ff9be388c','default','sums',1,'ef9e58e9a83d4d00c9fc46c6aeadd3812c5cb2119df907e2ee116dc80c6392af',2,1893585601000000,'{"source":"school"}',NULL);
INSERT INTO "datasets" VALUES('01a1ff2a-820a-7b2b-826f-67d0d6b65792','default','more sums',2,'aa913b68c9869703ae9875c9c156813f5431254ef5474a8e292eaaa4d74fac40',3,1795282338314833,'{}',NULL);
INSERT INTO "datasets" VALUES('01a1ff2a-822d-7519-b6f3-9854ff670485','default','more sums',3,'76ea5c12aa5c87cad4ac8dbfba5122edbe73090cfd1546b024d15f5d62da8ea9',4,1795282338349496,'{}','01a1ff2a-820a-7b2b-826f-67d0d6b65792');
CREATE TABLE documents (
	kind TEXT NOT NULL, 
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	parent TEXT NOT NULL, 
	name TEXT NOT NULL, 
	state TEXT NOT NULL, 
	unique_key TEXT, 
	revision BIGINT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	body TEXT NOT NULL, 
	CONSTRAINT pk_documents PRIMARY KEY (kind, id), 
	CONSTRAINT uq_documents_kind_unique_key UNIQUE (kind, unique_key)
);
INSERT INTO "documents" VALUES('dataset','02f12157-7592-53b8-a9f5-9835fb576558','default','','sums','','["default", "sums"]',1,1893585601000000,1893585601000000,'{"version_id": "01b8e27f-41e8-7f55-8dee-3d2ff9be388c"}');
CREATE TABLE evaluations (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	status TEXT NOT NULL, 
	task_id TEXT NOT NULL, 
	dataset_id TEXT NOT NULL, 
	models TEXT NOT NULL, 
	run_ids TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	finished_at BIGINT, 
	error TEXT, 
	settings TEXT NOT NULL, 
	CONSTRAINT pk_evaluations PRIMARY KEY (id)
);
INSERT INTO "evaluations" VALUES('evaluation-1','default','name of evaluation-1','pending','01b8e27f-41e8-7f5f-a163-e63489e0d933','01b8e27f-41e8-7f55-8dee-3d2ff9be388c','["recorded:a"]','["run-1"]',1893585600000000,1893585600000000,NULL,NULL,'{"repeats":1}');
CREATE TABLE events (
	id TEXT NOT NULL, 
	session_id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	type TEXT NOT NULL, 
	parent_id TEXT, 
	run_id TEXT, 
	datapoint_id TEXT, 
	source TEXT, 
	error TEXT, 
	started_at BIGINT, 
	ended_at BIGINT, 
	duration_ms DOUBLE, 
	inputs TEXT NOT NULL, 
	outputs TEXT NOT NULL, 
	config TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	metrics TEXT NOT NULL, 
	feedback TEXT NOT NULL, 
	user_properties TEXT NOT NULL, 
	CONSTRAINT pk_events PRIMARY KEY (id)
);
INSERT INTO "events" VALUES('event-1','session-1','default','chat','model','session-1','run-1','d0','evaluation',NULL,1893585600000000,1893585600250000,250.0,'{"messages":[]}','{"text":"4"}','{"model":"small"}','{"run_id":"run-1"}','{"exact":true,"tone":"friendly","length":3}','{"rating":5}','{"user":"u"}');
CREATE TABLE progress_events (
	topic TEXT NOT NULL, 
	sequence BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	payload TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_progress_events PRIMARY KEY (topic, sequence)
);
INSERT INTO "progress_events" VALUES('evaluation-1',1,'started','{"planned":2}',1893585601000000);
CREATE TABLE projects (
	name TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_projects PRIMARY KEY (name)
);
INSERT INTO "projects" VALUES('default',1893585601000000);
CREATE TABLE responses (
	"key" TEXT NOT NULL, 
	reply TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_responses PRIMARY KEY ("key")
);
INSERT INTO "responses" VALUES('digest','{"text":"4"}',1893585601000000);
CREATE TABLE results (
	id INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	datapoint_id TEXT NOT NULL, 
	repeat INTEGER NOT NULL, 
	position BIGINT NOT NULL, 
	status TEXT NOT NULL, 
	passed BOOLEAN, 
	error TEXT, 
	input_tokens BIGINT, 
	output_tokens BIGINT, 
	cache_read_tokens BIGINT, 
	cache_write_tokens BIGINT, 
	reasoning_tokens BIGINT, 
	cost_usd TEXT, 
	cost_source TEXT NOT NULL, 
	price_date TEXT, 
	latency_seconds DOUBLE, 
	finish_reason TEXT, 
	cached BOOLEAN NOT NULL, 
	session_id TEXT, 
	started_at BIGINT, 
	duration_seconds DOUBLE, 
	output TEXT, 
	attempts TEXT, 
	metadata TEXT, 
	CONSTRAINT pk_results PRIMARY KEY (id), 
	CONSTRAINT fk_results_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE, 
	CONSTRAINT uq_results_run_id_datapoint_id_repeat UNIQUE (run_id, datapoint_id, repeat)
);
INSERT INTO "results" VALUES(1,'run-1','d1',0,1,'scored',1,NULL,12,34,5,6,7,'0.00012345','priced','2030-01-01',1.25,'stop',0,'session-d1',1893585600000000,1.5,'"naïve \u0000"','[[1,0.5,"RateLimitError: slow down",429],[2,0.75,null,null]]','{"prompt":"add"}');
INSERT INTO "results" VALUES(2,'run-1','d0',0,0,'scored',1,NULL,12,34,5,6,7,'0.00012345','priced','2030-01-01',1.25,'stop',0,'session-d0',1893585600000000,1.5,'{"answer":"4","steps":[1,2.5,null]}','[[1,0.5,"RateLimitError: slow down",429],[2,0.75,null,null]]','{"prompt":"add"}');
CREATE TABLE runs (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	updated_at BIGINT NOT NULL, 
	candidate TEXT NOT NULL, 
	description TEXT, 
	dataset_id TEXT, 
	evaluation_id TEXT, 
	repeats INTEGER NOT NULL, 
	planned BIGINT, 
	stop_reason TEXT, 
	finished_at BIGINT, 
	configuration TEXT NOT NULL, 
	metadata TEXT NOT NULL, 
	results TEXT NOT NULL, 
	event_ids TEXT NOT NULL, 
	CONSTRAINT pk_runs PRIMARY KEY (id)
);
INSERT INTO "runs" VALUES('run-1','default','name of run-1','bench','running',1893585600000000,1893585600000000,'openai:small',NULL,'01b8e27f-41e8-7f55-8dee-3d2ff9be388c','evaluation-1',1,NULL,NULL,NULL,'{}','{}','{}','[]');
CREATE TABLE score_pages (
	id INTEGER NOT NULL, 
	run_id TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	body BLOB NOT NULL, 
	CONSTRAINT pk_score_pages PRIMARY KEY (id), 
	CONSTRAINT fk_score_pages_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
INSERT INTO "score_pages" VALUES(1,'run-1',1,X'7B22666F726D61745F76657273696F6E223A312C22706F736974696F6E73223A5B315D2C2272657065617473223A6E756C6C2C22696473223A5B226431225D2C226B696E6473223A5B2273636F726564225D2C227374617475736573223A2261222C2273657373696F6E73223A5B2273657373696F6E2D6431225D2C22706173736564223A2231222C226572726F7273223A5B5D2C226E616D6573223A5B226578616374222C22746F6E65225D2C2276616C756573223A5B6E756C6C2C6E756C6C5D2C227665726469637473223A5B222D222C222D225D2C226F6464223A5B5B302C5B5B226578616374222C2273636F726564222C312E302C6E756C6C2C747275652C6E756C6C2C7B7D5D2C5B22746F6E65222C2273636F726564222C6E756C6C2C22667269656E646C79222C6E756C6C2C6E756C6C2C7B7D5D5D5D5D2C2264656C65746564223A5B5D7D');
INSERT INTO "score_pages" VALUES(2,'run-1',1,X'7B22666F726D61745F76657273696F6E223A312C22706F736974696F6E73223A5B305D2C2272657065617473223A6E756C6C2C22696473223A5B226430225D2C226B696E6473223A5B2273636F726564225D2C227374617475736573223A2261222C2273657373696F6E73223A5B2273657373696F6E2D6430225D2C22706173736564223A2231222C226572726F7273223A5B5D2C226E616D6573223A5B226578616374222C22746F6E65225D2C2276616C756573223A5B6E756C6C2C6E756C6C5D2C227665726469637473223A5B222D222C222D225D2C226F6464223A5B5B302C5B5B226578616374222C2273636F726564222C312E302C6E756C6C2C747275652C6E756C6C2C7B7D5D2C5B22746F6E65222C2273636F726564222C6E756C6C2C22667269656E646C79222C6E756C6C2C6E756C6C2C7B7D5D5D5D5D2C2264656C65746564223A5B5D7D');
CREATE TABLE scores (
	result_id INTEGER NOT NULL, 
	ordinal INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	status TEXT NOT NULL, 
	value DOUBLE, 
	label TEXT, 
	passed BOOLEAN, 
	reason TEXT, 
	details TEXT, 
	CONSTRAINT pk_scores PRIMARY KEY (result_id, ordinal), 
	CONSTRAINT fk_scores_result_id_results FOREIGN KEY(result_id) REFERENCES results (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "scores" VALUES(1,0,'exact','scored',1.0,NULL,1,'equal','{"tp":1}');
INSERT INTO "scores" VALUES(1,1,'tone','scored',NULL,'friendly',NULL,NULL,NULL);
INSERT INTO "scores" VALUES(2,0,'exact','scored',1.0,NULL,1,'equal','{"tp":1}');
INSERT INTO "scores" VALUES(2,1,'tone','scored',NULL,'friendly',NULL,NULL,NULL);
CREATE TABLE tasks (
	id TEXT NOT NULL, 
	project TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	digest TEXT NOT NULL, 
	definition TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	CONSTRAINT pk_tasks PRIMARY KEY (id), 
	CONSTRAINT uq_tasks_project_name_digest UNIQUE (project, name, digest), 
	CONSTRAINT uq_tasks_project_name_version UNIQUE (project, name, version)
);
INSERT INTO "tasks" VALUES('01b8e27f-41e8-7f5f-a163-e63489e0d933','default','sums',1,'41ddc09124953a01fd8199be97df76da4af5dd88785096fa5550e822728d63b2','{"name":"sums","matcher":{"kind":"numeric"}}',1893585601000000);
CREATE INDEX ix_evaluations_project_created_at ON evaluations (project, created_at);
CREATE INDEX ix_runs_evaluation_id ON runs (evaluation_id);
CREATE INDEX ix_runs_project_created_at ON runs (project, created_at);
CREATE INDEX ix_results_run_id_position_repeat_id ON results (run_id, position, repeat, id);
CREATE INDEX ix_costs_project_at ON costs (project, at);
CREATE INDEX ix_events_project_started_at ON events (project, started_at);
CREATE INDEX ix_events_run_id_session_id ON events (run_id, session_id);
CREATE INDEX ix_events_session_id_started_at ON events (session_id, started_at);
CREATE INDEX ix_audit_project_at ON audit (project, at);
CREATE INDEX ix_api_keys_lookup ON api_keys (lookup);
CREATE INDEX ix_api_keys_project ON api_keys (project);
CREATE VIEW sessions AS SELECT id, project, name, run_id, datapoint_id, source, error, started_at, ended_at, duration_ms FROM events WHERE id = session_id;
CREATE INDEX ix_documents_kind_parent_state ON documents (kind, parent, state);
CREATE INDEX ix_documents_kind_project_created_at ON documents (kind, project, created_at);
CREATE INDEX ix_score_pages_run_id_id ON score_pages (run_id, id);
COMMIT;
