"use strict";
// Everything on the pages works without this script; with it the player steps frames and a click goes to its second.
(() => {
  const clock = (seconds) => {
    const tenths = Math.round(Math.max(0, seconds) * 10);
    return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
  };

  const player = document.querySelector("[data-player]");
  if (player) {
    const video = player.querySelector("video");
    const frame = 1 / Number(player.dataset.fps);
    const steps = player.querySelector("[data-steps]");
    const shown = steps.querySelector("[data-clock]");
    const at = document.querySelector("[data-at]");
    steps.hidden = false;
    const tell = () => {
      shown.value = clock(video.currentTime);
      if (at && video.paused && document.activeElement !== at) at.value = clock(video.currentTime);
    };
    for (const name of ["timeupdate", "pause", "seeked"]) video.addEventListener(name, tell);
    const step = (count) => {
      video.pause();
      // The middle of a frame, so that rounding never shows its neighbour.
      const number = Math.round(video.currentTime / frame - 0.5) + count;
      video.currentTime = Math.min(Math.max(0, (number + 0.5) * frame), video.duration || 0);
    };
    for (const button of steps.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => step(Number(button.dataset.step)));
    }
    player.addEventListener("keydown", (event) => {
      if (event.target !== video && !player.contains(event.target)) return;
      if (event.key === ",") step(-1);
      else if (event.key === ".") step(1);
    });
    document.addEventListener("click", (event) => {
      const link = event.target.closest("[data-second]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      video.currentTime = Number(link.dataset.second) + frame / 2;
      video.scrollIntoView({ block: "nearest" });
    });
  }

  const pair = document.querySelector("[data-pair]");
  const pairSteps = document.querySelector("[data-pair-steps]");
  if (pair && pairSteps) {
    const [first, second] = pair.querySelectorAll("video");
    const frame = 1 / Number(pairSteps.dataset.fps);
    const shown = pairSteps.querySelector("[data-clock]");
    const play = pairSteps.querySelector("[data-play]");
    pairSteps.hidden = false;
    let leads = first;
    const follow = (leader, other) => {
      if (leader !== leads) return;
      if (Math.abs(other.currentTime - leader.currentTime) > frame) other.currentTime = leader.currentTime;
      shown.value = clock(leader.currentTime);
    };
    for (const [leader, other] of [[first, second], [second, first]]) {
      leader.addEventListener("pointerdown", () => { leads = leader; });
      leader.addEventListener("keydown", () => { leads = leader; });
      leader.addEventListener("seeked", () => follow(leader, other));
      leader.addEventListener("timeupdate", () => follow(leader, other));
      leader.addEventListener("play", () => { if (leader === leads) other.play(); play.textContent = "Pause both"; });
      leader.addEventListener("pause", () => { if (leader === leads) other.pause(); play.textContent = "Play both"; });
    }
    play.addEventListener("click", () => { leads = first; if (first.paused) first.play(); else first.pause(); });
    for (const button of pairSteps.querySelectorAll("[data-step]")) {
      button.addEventListener("click", () => {
        leads = first;
        first.pause();
        const number = Math.round(first.currentTime / frame - 0.5) + Number(button.dataset.step);
        first.currentTime = Math.max(0, (number + 0.5) * frame);
      });
    }
  }

  // What was typed into a storyboard is not lost by a click beside it.
  const board = document.querySelector("form.board");
  if (board) {
    let changed = false;
    board.addEventListener("input", () => { changed = true; });
    board.addEventListener("submit", () => { changed = false; });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
  }
})();
