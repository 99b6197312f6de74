BEGIN TRANSACTION;
CREATE TABLE answers (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	conversation_id VARCHAR NOT NULL, 
	message_id VARCHAR NOT NULL, 
	body JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (tenant, message_id), 
	FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
INSERT INTO "answers" VALUES('acme-answer-0','acme','262dbd74684347ef9ccfdd8a3f3aee56','262dbd74684347ef9ccfdd8a3f3aee56:m0','{"id": "acme-answer-0", "conversation_id": "262dbd74684347ef9ccfdd8a3f3aee56", "text": "Refunds take three days. [1]", "outcome": "unsure", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}','2026-11-21 10:54:58.737401');
INSERT INTO "answers" VALUES('acme-answer-1','acme','262dbd74684347ef9ccfdd8a3f3aee56','262dbd74684347ef9ccfdd8a3f3aee56:m1','{"id": "acme-answer-1", "conversation_id": "262dbd74684347ef9ccfdd8a3f3aee56", "text": "Refunds take three days. [1]", "outcome": "answered", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}','2026-11-21 10:54:58.753324');
INSERT INTO "answers" VALUES('bistro-answer-0','bistro','75dfc7234cc349a190569c183160a60b','75dfc7234cc349a190569c183160a60b:m0','{"id": "bistro-answer-0", "conversation_id": "75dfc7234cc349a190569c183160a60b", "text": "Refunds take three days. [1]", "outcome": "unsure", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}','2026-11-21 10:54:58.817150');
CREATE TABLE conversations (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	address JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "conversations" VALUES('262dbd74684347ef9ccfdd8a3f3aee56','acme','{"channel": "web", "account": "site", "person": "ann", "thread": ""}','2026-11-21 10:54:58.724986');
INSERT INTO "conversations" VALUES('75dfc7234cc349a190569c183160a60b','bistro','{"channel": "web", "account": "site", "person": "ann", "thread": ""}','2026-11-21 10:54:58.802030');
CREATE TABLE credentials (
	digest VARCHAR NOT NULL, 
	kind VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	role VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME, 
	PRIMARY KEY (digest)
);
INSERT INTO "credentials" VALUES('ced71386f089e84c629309516d1c29ec1c849314ae49dd6ede2199c0e55066f4','key','acme','staff','shop','2026-11-21 10:54:58.849373',NULL);
INSERT INTO "credentials" VALUES('ad91375ab99ce57ba086d66c4be205969563c70267902ec5ddd9e68afa61ea3b','link','acme','admin','admin','2026-11-21 10:54:58.865276',NULL);
CREATE TABLE documents (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	source VARCHAR NOT NULL, 
	media_type VARCHAR NOT NULL, 
	content_hash VARCHAR NOT NULL, 
	size_bytes INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	labels JSON NOT NULL, 
	audience VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	reason TEXT, 
	passages INTEGER NOT NULL, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	owner VARCHAR, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (tenant, source)
);
INSERT INTO "documents" VALUES('returns','acme','returns.pdf','upload:returns.pdf','application/pdf','returnsreturnsreturnsreturnsreturnsreturnsreturnsreturns',4096,1,'["billing", "eu"]','public','ready',NULL,2,'2026-03-01 08:30:00.000005','2026-11-21 10:54:58.704862',NULL,1);
INSERT INTO "documents" VALUES('safe','acme','safe.pdf','upload:safe.pdf','application/pdf','safesafesafesafesafesafesafesafe',4096,1,'[]','staff','reading',NULL,0,'2026-03-01 08:30:00.000005','2026-03-01 08:30:00.000005','gone:1:2.00',1);
INSERT INTO "documents" VALUES('broken','acme','broken.pdf','upload:broken.pdf','application/pdf','brokenbrokenbrokenbrokenbrokenbrokenbrokenbroken',4096,1,'[]','public','refused','the file is encrypted',0,'2026-03-01 08:30:00.000005','2026-11-21 10:54:58.717566',NULL,1);
INSERT INTO "documents" VALUES('menu','bistro','menu.pdf','upload:menu.pdf','application/pdf','menumenumenumenumenumenumenumenu',4096,1,'["\u00fc"]','public','queued',NULL,0,'2026-03-01 08:30:00.000005','2026-03-01 08:30:00.000005',NULL,0);
CREATE TABLE feedback (
	answer_id VARCHAR NOT NULL, 
	person VARCHAR NOT NULL, 
	verdict VARCHAR NOT NULL, 
	comment TEXT, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (answer_id, person), 
	FOREIGN KEY(answer_id) REFERENCES answers (id)
);
INSERT INTO "feedback" VALUES('acme-answer-0','ann','up','“no” – it''s 5 days','2026-11-21 10:54:58.746949');
INSERT INTO "feedback" VALUES('acme-answer-1','ann','down','“no” – it''s 5 days','2026-11-21 10:54:58.763840');
INSERT INTO "feedback" VALUES('bistro-answer-0','ann','up','“no” – it''s 5 days','2026-11-21 10:54:58.831062');
CREATE TABLE messages (
	tenant VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	conversation_id VARCHAR NOT NULL, 
	text TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (tenant, id), 
	FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
INSERT INTO "messages" VALUES('acme','262dbd74684347ef9ccfdd8a3f3aee56:m0','262dbd74684347ef9ccfdd8a3f3aee56','Wie lange dauert es? 0 🙂','2026-11-21 10:54:58.733257');
INSERT INTO "messages" VALUES('acme','262dbd74684347ef9ccfdd8a3f3aee56:m1','262dbd74684347ef9ccfdd8a3f3aee56','Wie lange dauert es? 1 🙂','2026-11-21 10:54:58.751591');
INSERT INTO "messages" VALUES('acme','262dbd74684347ef9ccfdd8a3f3aee56:m2','262dbd74684347ef9ccfdd8a3f3aee56','Wie lange dauert es? 2 🙂','2026-11-21 10:54:58.772902');
INSERT INTO "messages" VALUES('bistro','75dfc7234cc349a190569c183160a60b:m0','75dfc7234cc349a190569c183160a60b','Wie lange dauert es? 0 🙂','2026-11-21 10:54:58.811161');
CREATE TABLE texts (
	document_id VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (document_id, version), 
	FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE
);
INSERT INTO "texts" VALUES('returns',1,'Refunds take three days.

Keep the receipt – “always”.');
CREATE TABLE tickets (
	id VARCHAR NOT NULL, 
	tenant VARCHAR NOT NULL, 
	conversation_id VARCHAR NOT NULL, 
	reason TEXT, 
	body JSON NOT NULL, 
	created_at DATETIME NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (conversation_id), 
	FOREIGN KEY(conversation_id) REFERENCES conversations (id)
);
INSERT INTO "tickets" VALUES('4cf200d350e4','acme','262dbd74684347ef9ccfdd8a3f3aee56','wants a person','{"address": {"channel": "web", "account": "site", "person": "ann", "thread": ""}, "exchanges": [{"question": "Wie lange dauert es? 0 \ud83d\ude42", "answer": {"id": "acme-answer-0", "conversation_id": "262dbd74684347ef9ccfdd8a3f3aee56", "text": "Refunds take three days. [1]", "outcome": "unsure", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}}, {"question": "Wie lange dauert es? 1 \ud83d\ude42", "answer": {"id": "acme-answer-1", "conversation_id": "262dbd74684347ef9ccfdd8a3f3aee56", "text": "Refunds take three days. [1]", "outcome": "answered", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}}, {"question": "Wie lange dauert es? 2 \ud83d\ude42", "answer": null}]}','2026-11-21 10:54:58.793314');
INSERT INTO "tickets" VALUES('965bd440f2a9','bistro','75dfc7234cc349a190569c183160a60b','wants a person','{"address": {"channel": "web", "account": "site", "person": "ann", "thread": ""}, "exchanges": [{"question": "Wie lange dauert es? 0 \ud83d\ude42", "answer": {"id": "bistro-answer-0", "conversation_id": "75dfc7234cc349a190569c183160a60b", "text": "Refunds take three days. [1]", "outcome": "unsure", "citations": [{"n": 1, "document_id": "returns", "passage_id": "returns:1:0", "title": "returns.pdf", "url": "http://127.0.0.1:7860/documents/returns", "page": 1, "heading": "Returns", "quote": "Refunds take three days.", "start": 0, "end": 24, "source_start": 0, "source_end": 24}], "confidence": 0.5, "route": "extractive", "model": "extractive", "timings_ms": {"retrieve": 12.5, "remember": 1.25}}}]}','2026-11-21 10:54:58.844709');
CREATE INDEX documents_by_hash ON documents (tenant, content_hash);
CREATE INDEX documents_by_status ON documents (status, created_at);
CREATE INDEX ix_messages_conversation_id ON messages (conversation_id);
CREATE INDEX ix_answers_conversation_id ON answers (conversation_id);
CREATE INDEX ix_tickets_tenant ON tickets (tenant);
COMMIT;
