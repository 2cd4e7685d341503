// The page itself does not say that its server is gone: what is submitted or
// saved then is lost. Here a bar says it, and what is sent to the server waits and is sent again until it answers.
(() => {
  const LOOK_MS = 4000;
  const AGAIN_MS = 1500;
  const SLOW_MS = 20000;
  const send = window.fetch.bind(window);
  let bar = null;
  let waiting = 0; // what was to be stored and is not
  let gone = false;

  const say = (words, color) => {
    if (!bar) {
      bar = document.createElement("div");
      bar.id = "parley-connection";
      bar.setAttribute("role", "alert");
      bar.style.cssText =
        "position:fixed;inset:0 0 auto 0;z-index:100000;padding:10px 16px;text-align:center;color:#fff;" +
        "font:600 15px/1.4 system-ui,sans-serif;box-shadow:0 2px 8px #0006";
      document.body.append(bar);
    }
    bar.style.background = color;
    bar.textContent = words;
  };

  const lost = () => {
    gone = true;
    const kept = waiting ? "What you submitted or changed is sent" : "What you do is saved";
    say(
      `Label Studio does not answer. Keep this page open: ${kept} as soon as it runs again ` +
        "(parley annotate, on its machine).",
      "#b00020",
    );
  };

  const back = () => {
    if (!gone || waiting) return;
    gone = false;
    say("Label Studio answers again. What was waiting has been sent.", "#1b5e20");
    setTimeout(() => {
      if (gone) return;
      bar.remove();
      bar = null;
    }, 6000);
  };

  const look = async () => {
    try {
      const answer = await send("/health", { cache: "no-store", signal: AbortSignal.timeout(SLOW_MS) });
      return answer.ok;
    } catch {
      return false;
    }
  };

  const stores = (given) => {
    const [what, how] = given;
    const method = (how?.method ?? what?.method ?? "GET").toUpperCase();
    const address = new URL(what?.url ?? what, location.href);
    return { ours: address.origin === location.origin, writes: method !== "GET" && method !== "HEAD" };
  };

  window.fetch = async (...given) => {
    const { ours, writes } = stores(given);
    if (!ours) return send(...given);
    let counted = false;
    try {
      for (;;) {
        const again = given[0] instanceof Request ? [given[0].clone(), ...given.slice(1)] : given;
        try {
          return await send(...again);
        } catch (error) {
          if (error?.name !== "TypeError") throw error; // stopped by the page itself
          if (writes && !counted) {
            counted = true;
            waiting += 1;
          }
          lost();
        }
        do await new Promise((after) => setTimeout(after, AGAIN_MS));
        while (!(await look()));
      }
    } finally {
      if (counted) waiting -= 1;
      if (counted || gone) look().then((well) => well && back());
    }
  };

  window.addEventListener("beforeunload", (event) => {
    if (waiting) event.preventDefault();
  });

  setInterval(async () => {
    if (document.hidden) return;
    if (await look()) back();
    else lost();
  }, LOOK_MS);
})();
