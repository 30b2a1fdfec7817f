-- Partners (customers and suppliers) and their history.

CREATE EXTENSION IF NOT EXISTS pg_trgm;

CREATE TABLE partner (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    is_customer BOOLEAN NOT NULL,
    is_supplier BOOLEAN NOT NULL,
    business_no TEXT COLLATE "C" CHECK (length(business_no) = 10),
    -- Empty without one, so that the unique index means the same on both engines.
    sub_no TEXT COLLATE "C" NOT NULL CHECK (length(sub_no) IN (0, 4)),
    representative TEXT COLLATE "C",
    business_type TEXT COLLATE "C",
    business_item TEXT COLLATE "C",
    tax_invoice_email TEXT COLLATE "C",
    phone TEXT COLLATE "C",
    addresses JSONB NOT NULL,
    contacts JSONB NOT NULL,
    terms_type SMALLINT NOT NULL,
    terms_days SMALLINT,
    -- In minor units of the currency.
    credit_limit BIGINT CHECK (credit_limit >= 0),
    currency TEXT COLLATE "C" NOT NULL CHECK (length(currency) = 3),
    status SMALLINT NOT NULL,
    hold_reason TEXT COLLATE "C",
    version BIGINT NOT NULL CHECK (version > 0),
    created_at TIMESTAMPTZ NOT NULL,
    created_by TEXT COLLATE "C" NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    updated_by TEXT COLLATE "C" NOT NULL,
    -- What is searched: folded name, and folded name, code and business number together.
    name_key TEXT COLLATE "C" NOT NULL,
    search TEXT COLLATE "C" NOT NULL,
    CHECK (is_customer OR is_supplier)
);
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
CREATE INDEX partner_search ON partner USING GIN (search gin_trgm_ops);

CREATE TABLE audit_log (
    id UUID PRIMARY KEY,
    entity SMALLINT NOT NULL,
    entity_id UUID NOT NULL,
    version BIGINT NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    changes JSONB NOT NULL,
    UNIQUE (entity, entity_id, version)
);

CREATE TABLE idempotency_key (
    scope TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    fingerprint BYTEA NOT NULL,
    resource_id UUID NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

CREATE TABLE number_series (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    next BIGINT NOT NULL
);
