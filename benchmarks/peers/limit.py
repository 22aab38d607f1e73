"""The limit: one statement written by hand for each operation, whose JSON goes out as it comes."""

import json
import os
import threading

import psycopg

ITEM = "'id', i.id::text, 'description', i.description, 'total', i.total::text, 'category', json_build_object('name', c.name)"
ITEMS = """CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object({item}) ORDER BY i.position) j
  FROM receipts_item i JOIN catalog_category c ON c.id = i.category_id WHERE i.bill_id = b.id) x"""
ORDER = "ORDER BY b.booked_on DESC, b.id DESC"
STATEMENTS = {
    "Q1": f"""
SELECT json_build_object('data', json_build_object('bills', coalesce(json_agg(json_build_object(
  'id', b.id::text, 'date', b.date, 'total', b.total::text, 'merchantName', b.merchant_name,
  'category', json_build_object('name', k.name), 'items', x.j) {ORDER}), '[]')))::text
FROM (SELECT * FROM receipts_bill b WHERE store_id = %(store)s {ORDER} LIMIT 50) b
JOIN catalog_category k ON k.id = b.category_id
{ITEMS.format(item=ITEM + ", 'quantity', i.quantity::text")}""",
    "Q2": """
SELECT json_build_object('data', json_build_object(
  'me', (SELECT json_build_object('id', id::text, 'email', email, 'firstName', first_name, 'lastName', last_name)
         FROM core_user WHERE id = %(user)s),
  'bill', (SELECT json_build_object('id', b.id::text, 'date', b.date, 'total', b.total::text,
             'merchantName', b.merchant_name, 'category', json_build_object('name', k.name))
           FROM receipts_bill b JOIN catalog_category k ON k.id = b.category_id WHERE b.id = %(bill)s)))::text""",
    "Q3": """
WITH b AS MATERIALIZED (
  SELECT id, booked_on, category_id, total FROM receipts_bill
  WHERE store_id = %(store)s AND status <> 'VOID' AND booked_on >= '2024-11-01' AND booked_on < '2026-11-01')
SELECT json_build_object('data', json_build_object(
  'months', (SELECT json_agg(json_build_object('date', m, 'value', t::text, 'count', n) ORDER BY m)
     FROM (SELECT date_trunc('month', booked_on)::date m, sum(total) t, count(*) n FROM b GROUP BY 1) x),
  'categories', (SELECT json_agg(json_build_object('name', c.name, 'value', t::text, 'count', n) ORDER BY t DESC, c.name)
     FROM (SELECT category_id, sum(total) t, count(*) n FROM b GROUP BY 1) x
     JOIN catalog_category c ON c.id = x.category_id),
  'items', (SELECT json_agg(json_build_object('name', name, 'value', t::text, 'count', n) ORDER BY t DESC, name)
     FROM (SELECT min(i.description) AS name, sum(i.total) t, count(*) n FROM b JOIN receipts_item i ON i.bill_id = b.id
           GROUP BY lower(i.description) ORDER BY 2 DESC, 1 LIMIT 10) x)))::text""",
    "Q4": f"""
SELECT json_build_object('data', json_build_object('stores', json_agg(json_build_object(
  'id', s.id::text, 'name', s.name, 'bills', y.j) ORDER BY s.name, s.id)))::text
FROM (SELECT s.id, s.name FROM core_store s JOIN core_membership m ON m.store_id = s.id
      WHERE m.user_id = %(user)s AND s.archived_at IS NULL ORDER BY s.name, s.id LIMIT 100) s
CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('id', b.id::text, 'total', b.total::text, 'items', x.j) {ORDER}) j
  FROM (SELECT * FROM receipts_bill b WHERE store_id = s.id {ORDER} LIMIT 5) b
  {ITEMS.format(item=ITEM)}) y""",
    "Q5": """
WITH e AS (SELECT *, row_number() OVER () - 1 AS position FROM json_to_recordset(%(items)s::json)
           AS e(description text, quantity numeric, total numeric, category bigint)),
b AS (INSERT INTO receipts_bill(created_at, updated_at, position, merchant_name, address, number, date, booked_on,
        currency, total, status, source, evidence, checks, notes, category_id, store_id, user_id, verified, import_key,
        at_stake, risk, taxes)
      VALUES (now(), now(), 1, %(merchant)s, '', '', %(date)s, %(date)s, 'EUR', %(total)s, 'CONFIRMED', 'MANUAL', '{}',
        '[]', '', %(category)s, %(store)s, %(user)s, false, '', 0, 0, '[]') RETURNING id, total),
i AS (INSERT INTO receipts_item(created_at, updated_at, position, description, quantity, unit, unit_price, total,
        bill_id, category_id)
      SELECT now(), now(), e.position, e.description, e.quantity, '', e.total / e.quantity, e.total, b.id, e.category
      FROM b, e RETURNING id)
SELECT json_build_object('data', json_build_object('bill', json_build_object('id', b.id::text, 'total', b.total::text,
  'items', (SELECT json_agg(json_build_object('id', i.id::text)) FROM i))))::text FROM b""",
}  # fmt: skip
kept = threading.local()


class Raw(psycopg.adapt.Loader):
    def load(self, data):
        return bytes(data)


def connection():
    if not hasattr(kept, "connection"):
        kept.connection = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True, prepare_threshold=1)
        kept.connection.adapters.register_loader("text", Raw)
    return kept.connection


def application(environ, start_response):
    asked = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    answer = connection().execute(STATEMENTS[asked["operation"]], asked["variables"]).fetchone()[0]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
