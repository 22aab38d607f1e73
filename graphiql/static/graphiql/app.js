"use strict";
// GraphiQL, and what it lacks for this API: somebody logged in, a chosen store, chosen files.

const PREFLIGHT = { "X-Requested-With": "tillsight" }; // the server takes no upload without it
const KEPT = "tillsight:tokens"; // in sessionStorage: gone with the browser's tab
const RENEW_MS_BEFORE_END = 30_000;

const bar = {
  logIn: document.getElementById("log-in"),
  account: document.getElementById("account"),
  files: document.getElementById("files"),
  notice: document.getElementById("notice"),
};
const place = document.getElementById("graphiql");
let session; // the operations of examples.json by which this page logs in and out
let renewal = null; // one at a time: the server takes a refresh token that comes twice for a theft

// --- who is logged in ------------------------------------------------------------------------

const tokens = () => JSON.parse(sessionStorage.getItem(KEPT));
const keep = (pair) => sessionStorage.setItem(KEPT, JSON.stringify(pair));
const forget = () => sessionStorage.removeItem(KEPT);

/** Find the tokens in an answer, whatever mutation brought them. */
function tokensIn(answer) {
  const payload = Object.values(answer.data ?? {}).find((one) => one?.accessToken && one.refreshToken);
  return payload && { accessToken: payload.accessToken, refreshToken: payload.refreshToken };
}

/** Answer the access token, a fresh one when the kept one is about to end; undefined when logged out. */
async function accessToken() {
  const kept = tokens();
  if (kept && endOf(kept.accessToken) - Date.now() < RENEW_MS_BEFORE_END) {
    renewal ??= renew(kept.refreshToken).finally(() => { renewal = null; });
    await renewal;
  }
  return tokens()?.accessToken;
}

/** Answer when a JWT ends, in ms since 1970; never, when it does not say. */
function endOf(jwt) {
  try {
    const claims = atob(jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/"));
    return JSON.parse(claims).exp * 1000 || Infinity;
  } catch {
    return Infinity;
  }
}

async function renew(refreshToken) {
  const answer = await post({ query: session.renew, variables: { input: { refreshToken } } });
  const fresh = tokensIn(answer);
  if (fresh) {
    keep(fresh);
    return;
  }
  forget();
  await showAccount();
  say("Your session has ended: log in again.", true);
}

async function logIn(login, password) {
  const answer = await run({ query: session.logIn, variables: { input: { login, password } } });
  if (!tokensIn(answer)) say(reasonIn(answer) ?? "The server gave no tokens.", true);
}

async function logOut() {
  const { refreshToken } = tokens() ?? {};
  forget();
  await showAccount();
  const answer = await post({ query: session.logOut, variables: { input: { refreshToken } } });
  say(reasonIn(answer) ?? "Logged out.", Boolean(reasonIn(answer)));
}

/** Show in the bar who is logged in and their stores, or the form to log in. */
async function showAccount() {
  const token = await accessToken();
  const answer = token && (await post({ query: session.account }, { Authorization: `Bearer ${token}` }));
  const me = answer?.data?.me;
  if (token && !me) forget(); // of another server, or of one that was set up anew
  bar.logIn.hidden = Boolean(me);
  bar.account.hidden = !me;
  bar.account.email.value = me?.email ?? "";
  bar.account.store.replaceChildren(
    ...(me?.stores ?? []).map((store) => new Option(`${store.name} (${store.currency})`, store.id)),
  );
}

// --- requests --------------------------------------------------------------------------------

/** Send one operation as whoever is logged in, with the chosen files if it has places for them. */
async function run({ query, operationName, variables }, { headers } = {}) {
  const token = await accessToken();
  const body = filled({ query, operationName, variables });
  const answer = await post(body, { ...(token && { Authorization: `Bearer ${token}` }), ...headers });
  const brought = tokensIn(answer);
  if (brought) {
    keep(brought);
    say("");
    await showAccount();
  }
  return answer;
}

/** Tell whether an operation is a subscription; GraphiQL has parsed the document already. */
const isFollowed = ({ operationName }, { documentAST } = {}) =>
  Boolean(documentAST?.definitions.some((one) =>
    one.operation === "subscription" && (!operationName || one.name?.value === operationName)));

/** Follow a subscription as whoever is logged in: an observable, which is what GraphiQL can stop. */
const follow = (operation, options) => ({
  subscribe(observer) {
    const stop = new AbortController();
    events(operation, options, stop.signal, (answer) => observer.next(answer)).then(
      () => observer.complete(),
      (error) => { if (!stop.signal.aborted) observer.error(error); },
    );
    return { unsubscribe: () => stop.abort() };
  },
});

/** Read server-sent events until they end, and tell each answer. */
async function events({ query, operationName, variables }, { headers } = {}, signal, tell) {
  const token = await accessToken();
  const sent = new Headers({ "Content-Type": "application/json", ...PREFLIGHT });
  if (token) sent.set("Authorization", `Bearer ${token}`);
  for (const [name, value] of Object.entries(headers ?? {})) sent.set(name, value);
  sent.set("Accept", "text/event-stream");
  const body = JSON.stringify(filled({ query, operationName, variables }));
  const answer = await fetch(location.pathname, { method: "POST", headers: sent, body, signal });
  if (!answer.ok) throw new Error(`The server answered ${answer.status}: ${(await answer.text()).slice(0, 500)}`);
  const parts = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ;) {
    const { done, value } = await parts.read();
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) tell(JSON.parse(data.slice("data: ".length)));
    }
  }
}

/** Put the chosen store and files where the variables ask for them; answer what to post. */
function filled(operation) {
  const places = [...filePlaces(operation.variables, ["variables"])];
  const chosen = [...bar.files.files];
  const store = bar.account.store.value;
  if (!store && JSON.stringify(operation.variables ?? {}).includes('"<store>"')) {
    throw new Error('"<store>" stands for the store chosen in the bar above: log in there first.');
  }
  if (places.length && chosen.length !== places.length) {
    throw new Error(`This operation takes ${places.length} file(s); ${chosen.length} chosen in the bar above.`);
  }
  const body = standIn(operation, { "<store>": store, "<file>": null });
  return places.length ? multipart(body, places, chosen) : body;
}

/** Walk the variables for where a file belongs: at "<file>", or at null under the name `file`. */
function* filePlaces(value, path) {
  if (value === "<file>" || (value === null && path.at(-1) === "file")) {
    yield path.join(".");
  } else if (value && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) yield* filePlaces(inner, [...path, key]);
  }
}

const standIn = (value, by) =>
  JSON.parse(JSON.stringify(value), (_, inner) => (Object.hasOwn(by, inner) ? by[inner] : inner));

/** Write an operation and its files as the GraphQL multipart request specification wants them. */
function multipart(operation, places, files) {
  const form = new FormData();
  form.append("operations", JSON.stringify(operation));
  form.append("map", JSON.stringify(Object.fromEntries(places.map((path, n) => [n, [path]]))));
  files.forEach((file, n) => form.append(String(n), file));
  return form;
}

async function post(body, headers = {}) {
  const isForm = body instanceof FormData; // then the browser writes the content type, with its boundary
  const sent = new Headers({ Accept: "application/json", ...PREFLIGHT });
  if (!isForm) sent.set("Content-Type", "application/json");
  for (const [name, value] of Object.entries(headers)) sent.set(name, value);
  const answer = await fetch(location.pathname, {
    method: "POST", headers: sent, body: isForm ? body : JSON.stringify(body),
  });
  const text = await answer.text();
  try {
    return JSON.parse(text);
  } catch {
    return { errors: [{ message: `The server answered ${answer.status}: ${text.slice(0, 500)}` }] };
  }
}

/** Answer what an answer says went wrong, or undefined. */
function reasonIn(answer) {
  const refused = Object.values(answer.data ?? {}).flatMap((payload) => payload?.userErrors ?? []);
  return [...(answer.errors ?? []), ...refused][0]?.message;
}

// --- the page --------------------------------------------------------------------------------

function say(text, bad = false) {
  bar.notice.textContent = text;
  bar.notice.classList.toggle("bad", bad);
}

/** Do `work` when `form` is sent, with its button held; say what went wrong. */
function onSubmit(form, work) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    say("");
    await work().catch((error) => say(error.message, true));
    button.disabled = false;
  });
}

function tabsFrom(examples) {
  const { login, password } = bar.logIn;
  const by = { "<login>": login.value || "you@example.com", "<password>": password.value };
  return examples.map(({ query, variables }) => ({
    query: query.join("\n"),
    variables: JSON.stringify(standIn(variables, by), null, 2),
    headers: JSON.stringify(PREFLIGHT, null, 2),
  }));
}

async function open() {
  const examples = await (await fetch(place.dataset.examples)).json();
  session = Object.fromEntries(Object.entries(examples.session).map(([name, lines]) => [name, lines.join("\n")]));
  onSubmit(bar.logIn, () => logIn(bar.logIn.login.value, bar.logIn.password.value));
  onSubmit(bar.account, logOut);
  await showAccount();
  const page = React.createElement(GraphiQL, {
    fetcher: (...call) => isFollowed(...call)
      ? follow(...call)
      : run(...call).catch((error) => ({ errors: [{ message: error.message }] })),
    defaultTabs: tabsFrom(examples.tabs),
    defaultHeaders: JSON.stringify(PREFLIGHT, null, 2),
    defaultEditorToolsVisibility: "variables",
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
  });
  ReactDOM.createRoot(place).render(page);
}

if (window.GraphiQL && window.GraphiQLPluginExplorer) {
  open().catch((error) => { place.textContent = `GraphiQL could not start: ${error.message}`; });
} else {
  place.textContent = "GraphiQL's files are not installed: run `make install`.";
}
