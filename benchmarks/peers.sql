-- What PostGraphile and Mercurius write a bill by.
CREATE SCHEMA IF NOT EXISTS bench;
CREATE OR REPLACE FUNCTION bench.enter_bill(
  store bigint, by bigint, merchant text, day date, amount numeric, category bigint, items json
) RETURNS receipts_bill LANGUAGE plpgsql VOLATILE AS $$
DECLARE bill receipts_bill;
BEGIN
  INSERT INTO receipts_bill(created_at, updated_at, position, merchant_name, address, number, date, booked_on, currency,
    total, status, source, evidence, checks, notes, category_id, store_id, user_id, verified, import_key, at_stake, risk,
    taxes)
  VALUES (now(), now(), 1, merchant, '', '', day, day, 'EUR', amount, 'CONFIRMED', 'MANUAL', '{}', '[]', '', category,
    store, by, false, '', 0, 0, '[]')
  RETURNING * INTO bill;
  INSERT INTO receipts_item(created_at, updated_at, position, description, quantity, unit, unit_price, total, bill_id,
    category_id)
  SELECT now(), now(), n - 1, i->>'description', (i->>'quantity')::numeric, '',
    (i->>'total')::numeric / (i->>'quantity')::numeric, (i->>'total')::numeric, bill.id, (i->>'category')::bigint
  FROM json_array_elements(items) WITH ORDINALITY x(i, n);
  RETURN bill;
END $$;
