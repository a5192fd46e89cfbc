// Each unit, morph and matrix has an address: the part after "#", such as unit=network/layer/number.
function follow() {
  const [, kind, rest] = /^#(\w+)=(.*)$/.exec(location.hash) ?? [];
  if (!addresses.has(kind)) return;
  const { section, go } = addresses.get(kind);
  try {
    go(...rest.split("/").map(decodeURIComponent));
  } catch (error) {
    if (!(error instanceof URIError)) throw error; // an address that was cut off
  }
  byId(section).scrollIntoView();
}
window.addEventListener("hashchange", follow);
follow();
