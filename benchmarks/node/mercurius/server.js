// Mercurius with its compiler of queries, and loaders for what hangs below.
const fastify = require("fastify");
const mercurius = require("mercurius");
const { Pool, types } = require("pg");

types.setTypeParser(types.builtins.DATE, (text) => text);
const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
const rows = async (name, text, values) => (await pool.query({ name, text, values })).rows;
const first = async (name, text, values) => (await rows(name, text, values))[0];

const schema = `
  scalar Date
  scalar Decimal
  type User { id: ID! email: String! firstName: String! lastName: String! }
  type Category { id: ID! name: String! }
  type Item { id: ID! description: String! quantity: Decimal! total: Decimal category: Category! }
  type Bill { id: ID! date: Date total: Decimal merchantName: String! category: Category! items: [Item!]! }
  type Store { id: ID! name: String! bills(first: Int!): [Bill!]! }
  input NewItem { description: String! quantity: Decimal! total: Decimal! category: ID! }
  type Query {
    me(user: ID!): User
    bill(id: ID!): Bill
    bills(store: ID!, first: Int!): [Bill!]!
    stores(user: ID!): [Store!]!
  }
  type Mutation {
    createBill(store: ID!, user: ID!, merchant: String!, date: Date!, total: Decimal!, category: ID!,
      items: [NewItem!]!): Bill!
  }`;

const BILL = `id, date, total, merchant_name AS "merchantName", category_id`;
const ORDER = "ORDER BY booked_on DESC, id DESC";
const resolvers = {
  Query: {
    me: (_, { user }) =>
      first("me", `SELECT id, email, first_name AS "firstName", last_name AS "lastName" FROM core_user WHERE id = $1`, [user]),
    bill: (_, { id }) => first("bill", `SELECT ${BILL} FROM receipts_bill WHERE id = $1`, [id]),
    bills: (_, { store, first }) =>
      rows("bills", `SELECT ${BILL} FROM receipts_bill WHERE store_id = $1 ${ORDER} LIMIT $2`, [store, first]),
    stores: (_, { user }) =>
      rows("stores", `SELECT s.id, s.name FROM core_store s JOIN core_membership m ON m.store_id = s.id
        WHERE m.user_id = $1 AND s.archived_at IS NULL ORDER BY s.name, s.id LIMIT 100`, [user]),
  },
  Mutation: {
    createBill: (_, { store, user, merchant, date, total, category, items }) =>
      first("enter", `SELECT ${BILL} FROM bench.enter_bill($1, $2, $3, $4, $5, $6, $7)`,
        [store, user, merchant, date, total, category, JSON.stringify(items)]),
  },
};

// Answers of a loader stand in the order of what was asked.
const byKey = (found, keys) => {
  const known = new Map(found.map((row) => [row.id, row]));
  return keys.map((key) => known.get(key));
};
const grouped = (found, column, keys) => {
  const groups = new Map(keys.map((key) => [key, []]));
  for (const row of found) groups.get(row[column]).push(row);
  return keys.map((key) => groups.get(key));
};
const category = async (queries) => {
  const keys = queries.map(({ obj }) => obj.category_id);
  return byKey(await rows("categories", "SELECT id, name FROM catalog_category WHERE id = ANY($1)", [[...new Set(keys)]]), keys);
};
const loaders = {
  Item: { category },
  Bill: {
    category,
    items: async (queries) => {
      const keys = queries.map(({ obj }) => obj.id);
      const found = await rows("items", `SELECT id, bill_id, description, quantity, total, category_id FROM receipts_item
        WHERE bill_id = ANY($1) ORDER BY position`, [keys]);
      return grouped(found, "bill_id", keys);
    },
  },
  Store: {
    bills: async (queries) => {
      const keys = queries.map(({ obj }) => obj.id);
      const found = await rows("pages", `SELECT b.* FROM unnest($1::bigint[]) s(id) CROSS JOIN LATERAL
        (SELECT store_id, ${BILL} FROM receipts_bill WHERE store_id = s.id ${ORDER} LIMIT $2) b`, [keys, queries[0].params.first]);
      return grouped(found, "store_id", keys);
    },
  },
};

const app = fastify();
app.register(mercurius, { schema, resolvers, loaders, jit: 1, graphiql: false });
app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
