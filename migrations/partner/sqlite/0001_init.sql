-- Partners (customers and suppliers) and their history.

CREATE TABLE partner (
    seq INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    is_customer INTEGER NOT NULL CHECK (is_customer IN (0, 1)),
    is_supplier INTEGER NOT NULL CHECK (is_supplier IN (0, 1)),
    business_no TEXT CHECK (length(business_no) = 10),
    -- Empty without one, so that the unique index means the same on both engines.
    sub_no TEXT NOT NULL CHECK (length(sub_no) IN (0, 4)),
    representative TEXT,
    business_type TEXT,
    business_item TEXT,
    tax_invoice_email TEXT,
    phone TEXT,
    addresses TEXT NOT NULL,
    contacts TEXT NOT NULL,
    terms_type INTEGER NOT NULL,
    terms_days INTEGER,
    -- In minor units of the currency.
    credit_limit INTEGER CHECK (credit_limit >= 0),
    currency TEXT NOT NULL CHECK (length(currency) = 3),
    status INTEGER NOT NULL,
    hold_reason TEXT,
    version INTEGER NOT NULL CHECK (version > 0),
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    updated_by TEXT NOT NULL,
    -- What is searched: folded name, and folded name, code and business number together.
    name_key TEXT NOT NULL,
    search TEXT NOT NULL,
    CHECK (is_customer OR is_supplier)
) STRICT;
-- Status 4 is DELETED: who is deleted gives the business number free.
CREATE UNIQUE INDEX partner_business_no ON partner (business_no, sub_no)
    WHERE business_no IS NOT NULL AND status <> 4;
CREATE INDEX partner_business_no_all ON partner (business_no, id);
CREATE INDEX partner_status ON partner (status, code);
CREATE INDEX partner_customer ON partner (is_customer, code);
CREATE INDEX partner_supplier ON partner (is_supplier, code);
CREATE INDEX partner_updated ON partner (updated_at, id);
CREATE INDEX partner_created ON partner (created_at, id);
CREATE INDEX partner_name ON partner (name, id);
CREATE INDEX partner_name_key ON partner (name_key);

-- The trigram index keeps no text of its own; triggers keep it true.
CREATE VIRTUAL TABLE partner_search USING fts5 (
    search, content = 'partner', content_rowid = 'seq', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER partner_search_insert AFTER INSERT ON partner BEGIN
    INSERT INTO partner_search (rowid, search) VALUES (new.seq, new.search);
END;
CREATE TRIGGER partner_search_delete AFTER DELETE ON partner BEGIN
    INSERT INTO partner_search (partner_search, rowid, search) VALUES ('delete', old.seq, old.search);
END;
CREATE TRIGGER partner_search_update AFTER UPDATE OF search ON partner
WHEN old.search <> new.search BEGIN
    INSERT INTO partner_search (partner_search, rowid, search) VALUES ('delete', old.seq, old.search);
    INSERT INTO partner_search (rowid, search) VALUES (new.seq, new.search);
END;

CREATE TABLE audit_log (
    id BLOB PRIMARY KEY NOT NULL CHECK (length(id) = 16),
    entity INTEGER NOT NULL,
    entity_id BLOB NOT NULL CHECK (length(entity_id) = 16),
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    actor TEXT NOT NULL,
    at TEXT NOT NULL,
    changes TEXT NOT NULL,
    UNIQUE (entity, entity_id, version)
) STRICT;

CREATE TABLE idempotency_key (
    scope TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    resource_id BLOB NOT NULL CHECK (length(resource_id) = 16),
    created_at TEXT NOT NULL,
    PRIMARY KEY (scope, key)
) STRICT;
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE number_series (
    name TEXT NOT NULL PRIMARY KEY,
    next INTEGER NOT NULL
) STRICT;
