const known = new Set();

module.exports = {
  search: async () => [],
  create: async () => {
    const id = String(known.size + 1);
    known.add(id);
    console.log(`create ${id}`);
    return { id, resource_version: "1" };
  },
  update: async ({ id }) => {
    const created = !known.has(id);
    known.add(id);
    console.log(`update ${id}`);
    return { id, created, resource_version: "1" };
  },
};
