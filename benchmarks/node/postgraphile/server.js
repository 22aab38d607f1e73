// PostGraphile 4, as a library behind Node's own HTTP server, with what its production guide asks for.
const http = require("http");
const { Pool } = require("pg");
const { postgraphile } = require("postgraphile");

const pool = new Pool({ connectionString: process.env.DATABASE_URL, max: 8 });
const options = {
  disableQueryLog: true,
  dynamicJson: true,
  graphiql: false,
  graphqlRoute: "/graphql",
  legacyRelations: "omit",
  simpleCollections: "both",
};
http.createServer(postgraphile(pool, ["public", "bench"], options)).listen(Number(process.argv[2]), "127.0.0.1");
