// One session of one observer. What was answered is kept on the device after every trial, until it
// has been saved: a reload or a closed window loses nothing.
"use strict";

(async () => {
  const { id, texts, settings, sets, lists, practice } = window.EXPERIMENT;
  const ABX = { picture: 750, pause: 500 }; // ms
  const KEY = `nurture-${id}`;
  const asked = new URLSearchParams(location.search);
  const screen = document.getElementById("experiment");
  document.documentElement.style.setProperty("--size", `${settings.size}px`);

  const escaped = (text) =>
    String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
  const filled = (text, words) =>
    escaped(text).replace(/\{(\w+)\}/g, (_, name) => escaped(words[name] ?? ""));
  const page = (heading, text, words = {}) =>
    `<h1>${escaped(heading)}</h1><div class="text">` +
    [].concat(text).map((one) => `<p>${filled(one, words)}</p>`).join("") + "</div>";

  // ---- What is kept on this device ----------------------------------------------------------

  const storage = (() => {
    try {
      localStorage.setItem(`${KEY}-try`, "1");
      localStorage.removeItem(`${KEY}-try`);
      return localStorage;
    } catch {
      return null;
    }
  })();
  const kept = (key = KEY) => {
    try {
      return JSON.parse(storage.getItem(key));
    } catch {
      return null;
    }
  };
  const keep = () => storage?.setItem(KEY, JSON.stringify(session));

  // ---- JATOS, where the page runs on it --------------------------------------------------------

  const jatos = location.pathname.includes("/publix/") && await new Promise((done) => {
    const script = document.createElement("script");
    script.src = "jatos.js";
    script.onload = () => window.jatos.onLoad(() => done(window.jatos));
    script.onerror = () => done(null);
    document.head.append(script);
  });

  // ---- The session -----------------------------------------------------------------------------

  function random() {
    const hex = crypto.getRandomValues(new Uint8Array(8));
    return [...hex].map((one) => one.toString(16).padStart(2, "0")).join("");
  }

  function chosenList() {
    const wanted = Number(asked.get("list") ?? jatos?.urlQueryParameters?.list);
    if (Number.isInteger(wanted) && wanted >= 1 && wanted <= lists.length) return wanted - 1;
    if (jatos) return Number(jatos.studyResultId) % lists.length;
    return crypto.getRandomValues(new Uint32Array(1))[0] % lists.length;
  }

  const fresh = () => ({ session: random(), list: chosenList(), asked: {}, agreed: false, rows: [] });
  let session = kept();
  const resumes = Boolean(session && !session.saved && session.rows.length);
  if (!resumes) session = fresh();

  // ---- Trials of a list, in order --------------------------------------------------------------

  function choices(task, continuum, list) {
    if (task === "label") return settings.expressions;
    if (task === "abx") return ["first", "second"];
    const ends = continuum.split("-");
    return list % 2 ? ends.reverse() : ends; // either key for either expression, list by list
  }

  const word = (task, choice) => (task === "abx" ? texts.abx[choice] : texts.expressions[choice]);

  function blocksOf(list) {
    const blocks = [];
    for (const task of settings.tasks) {
      const dealt = lists[list][task];
      const parts = task === "label" ? [{ continuum: "none", trials: dealt }] : dealt;
      const total = parts.reduce((sum, part) => sum + part.trials.length, 0);
      const checked = new Set();
      for (let k = 1; k <= settings.checks; k++)
        checked.add(Math.floor((k * total) / (settings.checks + 1)));
      if (task === "label" && practice.length)
        blocks.push({ task, continuum: "none", practice: 1, steps: practice.map((shown) => ({ shown })) });
      let n = 0;
      for (const part of parts) {
        const steps = [];
        for (const shown of part.trials) {
          if (checked.has(n)) {
            const all = choices(task, part.continuum, list);
            steps.push({ check: all[(n + list) % all.length] });
          }
          steps.push({ shown });
          n += 1;
        }
        blocks.push({ task, continuum: part.continuum, practice: 0, steps });
      }
    }
    return blocks;
  }

  // ---- What one trial shows and stores -----------------------------------------------------------

  const known = (task, row, rehearsed) => sets[rehearsed ? "practice" : settings.shows[task]].stimuli[row];
  const source = (task, row, rehearsed) =>
    `images/${sets[rehearsed ? "practice" : settings.shows[task]].name}/${String(row).padStart(4, "0")}.png`;
  const picture = (task, row, rehearsed) =>
    `<img class="face" src="${escaped(source(task, row, rehearsed))}" alt="${escaped(texts.face)}" ` +
    `width="${settings.size}" height="${settings.size}">`;

  function record(block, step, choice, rt, by) {
    const shown = [].concat(step.shown ?? []);
    const target = shown.at(-1);
    const [expression, identity, continuum, level] =
      step.check ? ["none", -1, block.continuum, 0] : known(block.task, target, block.practice);
    session.rows.push({
      experiment: id,
      session: session.session,
      list: session.list + 1,
      trial: session.rows.length + 1,
      task: block.task,
      practice: block.practice,
      check: step.check ?? "",
      stimulus: step.check ? -1 : target,
      first: shown.length === 3 ? shown[0] : -1,
      second: shown.length === 3 ? shown[1] : -1,
      expression,
      identity,
      continuum: block.task === "label" ? continuum : block.continuum,
      level,
      choices: choices(block.task, block.continuum, session.list).join("|"),
      answer: choice,
      rt,
      by,
      fullscreen: document.fullscreenElement ? 1 : 0,
      ...Object.fromEntries(Object.entries(session.asked).map(([k, v]) => [`asked_${k}`, v])),
    });
    keep();
  }

  // ---- jsPsych -----------------------------------------------------------------------------------

  const jsPsych = initJsPsych({
    display_element: screen,
    show_progress_bar: true,
    auto_update_progress_bar: false,
    message_progress_bar: escaped(texts.progress),
    on_trial_start: () => {
      jsPsych.progressBar.progress = session.rows.length / total;
    },
    on_finish: save,
  });

  function screenOf(stimulus, labels, on_finish, more = {}) {
    return {
      type: jsPsychHtmlButtonResponse,
      stimulus,
      choices: labels,
      button_layout: "flex",
      button_html: (label) => `<button type="button">${escaped(label)}</button>`,
      on_finish: (data) => on_finish?.(data.response),
      ...more,
    };
  }

  const button = (task, choice, i, more = "") =>
    `<button type="button"${more}><kbd>${i + 1}</kbd>${escaped(word(task, choice))}</button>`;

  // Buttons of the answer keep their room, so that cross and pictures stand where the last one will.
  const pause = (block, html, ms) => screenOf(`<div class="stage">${html}</div>`,
    choices(block.task, block.continuum, session.list), null, {
      trial_duration: ms,
      button_html: (choice, i) => button(block.task, choice, i, ' class="later" disabled'),
      prompt: `<p class="question later">${escaped(texts[block.task].question)}</p>`,
    });

  function answering(block, step, html) {
    const all = choices(block.task, block.continuum, session.list);
    let by = "pointer";
    let listener;
    return {
      type: jsPsychHtmlButtonResponse,
      stimulus: html,
      choices: all,
      button_layout: "flex",
      stimulus_duration: step.check ? null : settings.duration,
      button_html: (choice, i) => button(block.task, choice, i),
      prompt: `<p class="question">${step.check ? "" : escaped(texts[block.task].question)}</p>`,
      on_load: () => {
        listener = (event) => {
          const place = Number(event.key);
          if (event.repeat || !(place >= 1 && place <= all.length)) return;
          by = "key";
          document.querySelector(`[data-choice="${place - 1}"]`).click();
        };
        document.addEventListener("keydown", listener);
      },
      on_finish: (data) => {
        document.removeEventListener("keydown", listener);
        record(block, step, all[data.response], data.rt, by);
      },
    };
  }

  function trialOf(block, step) {
    if (step.check) {
      const named = filled(texts.check, { word: word(block.task, step.check) });
      return [answering(block, step, `<div class="stage"><p class="check">${named}</p></div>`)];
    }
    const shown = [].concat(step.shown).map((row) => picture(block.task, row, block.practice));
    const before = [pause(block, "+", settings.fixation)];
    for (const one of shown.slice(0, -1))
      before.push(pause(block, one, ABX.picture), pause(block, "", ABX.pause));
    return [...before, answering(block, step, shown.at(-1))];
  }

  function instructions(block, first, next) {
    const ends = block.task === "identify" ? choices("identify", block.continuum, session.list) : [];
    const words = { first: texts.expressions[ends[0]], second: texts.expressions[ends[1]] };
    let html = first ? page(texts[block.task].heading, texts[block.task].text, words)
      : page(texts.practice.heading, texts.practice.over);
    if (block.practice) html += page(texts.practice.heading, texts.practice.text).replaceAll("h1", "h2");
    return screenOf(html, [next]);
  }

  const rest = () => screenOf(page(texts.break.heading, texts.break.text), [texts.next], () => {
    if (jatos) jatos.submitResultData(JSON.stringify(session.rows)).catch(() => {});
  });

  let total = 1;
  function trials() {
    const timeline = [];
    const blocks = blocksOf(session.list);
    total = blocks.reduce((sum, block) => sum + block.steps.length, 0);
    let done = session.rows.length;
    let since = 0;
    let rehearsed = false;
    for (const block of blocks) {
      const left = block.steps.slice(done);
      done = Math.max(0, done - block.steps.length);
      if (!left.length) continue;
      timeline.push(instructions(block, !rehearsed, texts.start));
      rehearsed = Boolean(block.practice);
      for (const step of left) {
        if (since >= settings.break_every) {
          timeline.push(rest());
          since = 0;
        }
        timeline.push(...trialOf(block, step));
        since += block.practice ? 0 : 1;
      }
    }
    return timeline;
  }

  function images() {
    const found = new Set();
    for (const block of blocksOf(session.list))
      for (const step of block.steps)
        for (const row of [].concat(step.shown ?? [])) found.add(source(block.task, row, block.practice));
    return [...found];
  }

  function consent() {
    const warned = storage ? [] : [texts.no_storage];
    const text = [...texts.consent.text, ...warned];
    const html = page(texts.consent.heading, text, { minutes: settings.minutes });
    return screenOf(html, [texts.consent.agree, texts.consent.decline], (answer) => {
      session.agreed = answer === 0;
      if (!session.agreed) jsPsych.abortExperiment(page(texts.title, texts.consent.declined));
    });
  }

  const questions = () => texts.questions.map((one) =>
    screenOf(page(texts.title, one.text), one.choices, (answer) => {
      session.asked[one.name] = one.choices[answer];
    }));

  const whole = () => settings.fullscreen ? [{
    type: jsPsychFullscreen,
    fullscreen_mode: true,
    message: `<p>${escaped(texts.fullscreen.text)}</p>`,
    button_label: escaped(texts.fullscreen.button),
  }] : [];

  // ---- Saving ------------------------------------------------------------------------------------

  const csv = (rows) => {
    const names = [...new Set(rows.flatMap(Object.keys))];
    const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
    return [names, ...rows.map((row) => names.map((name) => row[name]))]
      .map((line) => line.map(cell).join(",") + "\r\n").join("");
  };

  function download(rows, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([csv(rows)], { type: "text/csv" }));
    link.download = `${name}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  }

  function last(text, buttons, heading = texts.finish.heading) {
    screen.innerHTML = `<div class="jspsych-content-wrapper"><div class="jspsych-content">` +
      `${page(heading, text)}<div class="jspsych-btn-group-flex"></div></div></div>`;
    for (const [label, action] of buttons) {
      const button = document.createElement("button");
      button.textContent = label;
      button.addEventListener("click", action);
      screen.querySelector(".jspsych-btn-group-flex").append(button);
    }
  }

  function saved() {
    session.saved = true;
    keep();
  }

  async function save() {
    if (!session.agreed) return;
    if (document.fullscreenElement) document.exitFullscreen().catch(() => {});
    const get = () => {
      download(session.rows, `nurture-${session.session}`);
      saved();
      last(texts.finish.downloaded, [[texts.finish.download, get]]);
    };
    if (!jatos && !settings.post) return last(texts.finish.local, [[texts.finish.download, get]]);
    try {
      if (jatos) {
        await jatos.submitResultData(JSON.stringify(session.rows));
        saved();
        jatos.endStudyWithoutRedirect?.();
      } else {
        // Text of this type needs no permission of the server before it is sent.
        const answer = await fetch(settings.post, {
          method: "POST",
          headers: { "Content-Type": "text/plain;charset=UTF-8" },
          body: csv(session.rows),
          signal: AbortSignal.timeout(20000),
        });
        if (!answer.ok) throw new Error(answer.status);
        saved();
      }
      last(texts.finish.saved, []);
    } catch {
      last(texts.finish.failed, [[texts.finish.again, save], [texts.finish.download, get]]);
    }
  }

  // ---- Unfinished sessions of this device, for those who run the study: index.html?kept -----------

  if (asked.has("kept")) {
    const all = Object.keys(storage ?? {}).filter((key) => key.startsWith(KEY)).map(kept);
    const rows = all.flatMap((one) => one?.rows ?? []);
    return last(`${new Set(rows.map((row) => row.session)).size}: ${rows.length}`,
      [[texts.finish.download, () => download(rows, `nurture-kept-${id}`)]]);
  }

  // ---- Start ---------------------------------------------------------------------------------------

  const preload = () => ({
    type: jsPsychPreload, images: images(), show_progress_bar: true, max_load_time: 120000,
  });

  if (resumes) {
    const { heading, text, go_on, anew } = texts.resume;
    const goesOn = await new Promise((answer) =>
      last(text, [[go_on, () => answer(true)], [anew, () => answer(false)]], heading));
    if (!goesOn) {
      storage.setItem(`${KEY}-${session.session}`, JSON.stringify(session));
      storage.removeItem(KEY);
      session = fresh();
    }
  }
  screen.innerHTML = "";
  const begins = session.rows.length ? [] : [consent(), ...questions()];
  const timeline = [preload(), ...begins, ...whole(), ...trials()];
  if (session.rows.length && session.rows.length === total) return save();
  jsPsych.run(timeline);
})();
