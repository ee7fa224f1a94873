"use strict";
// Notes how far a video was watched; the form works without this script.
const token = document.body.dataset.token;
const number = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");

for (const video of document.querySelectorAll('video[data-side="first"]')) {
  const key = number();
  let seconds = 0;
  let furthest = 0;
  let before = null;
  let sent = false;
  video.addEventListener("timeupdate", () => {
    if (before !== null && !video.paused && video.currentTime > before && video.currentTime - before < 2) {
      seconds += video.currentTime - before;
    }
    before = video.currentTime;
    furthest = Math.max(furthest, video.currentTime);
  });
  const send = () => {
    if (sent || seconds < 0.5 || !video.duration) return;
    sent = true;
    const share = Math.min(1, furthest / video.duration);
    const said = { t: token, key, play: Math.round(seconds * 10) / 10, completion: Math.round(share * 1000) / 1000 };
    if (share < 0.25) said.skip = true;
    navigator.sendBeacon("/api/feedback", JSON.stringify(said));
  };
  video.addEventListener("ended", send);
  addEventListener("pagehide", send);
}
