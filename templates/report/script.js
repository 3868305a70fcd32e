"use strict";
(function () {
  var lit = [], parts = null, shown = "";
  function index() {
    parts = new Map();
    document.querySelectorAll("[data-q]").forEach(function (e) {
      var q = e.getAttribute("data-q");
      if (!parts.has(q)) parts.set(q, []);
      parts.get(q).push(e);
    });
  }
  function light(q) {
    if (q === shown) return;
    shown = q;
    lit.forEach(function (e) { e.classList.remove("on"); });
    lit = [];
    if (!q) return;
    if (!parts) index();
    lit = parts.get(q) || [];
    lit.forEach(function (e) { e.classList.add("on"); });
  }
  function over(event) {
    var near = event.target.closest ? event.target.closest("[data-q]") : null;
    light(near ? near.getAttribute("data-q") : "");
  }
  document.addEventListener("pointerover", over);
  document.addEventListener("focusin", over);
  var show = document.getElementById("show");
  show.closest(".filters").hidden = false;
  show.addEventListener("change", function () { document.body.setAttribute("data-show", show.value); });
  window.addEventListener("hashchange", function () {
    var hidden = document.getElementById(location.hash.slice(1));
    if (hidden && !hidden.offsetParent && show.value) {
      show.value = "";
      document.body.removeAttribute("data-show");
      hidden.scrollIntoView();
    }
    for (var d = hidden; d; d = d.parentElement) if (d.tagName === "DETAILS") d.open = true;
  });
})();
