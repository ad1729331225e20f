// A room's settings between the form of the dialog and the commands createRoom and updateRoom: pure.

// newSettings gives createRoom's argument. What wasn't filled in is left out, so that the server's
// defaults hold.
export function newSettings(data) {
  const settings = { name: data.get('name').trim() };
  const description = data.get('description').trim();
  const maxUsers = Number(data.get('maxUsers'));
  if (description) settings.description = description;
  if (data.get('password')) settings.password = data.get('password');
  if (maxUsers > 0) settings.maxUsers = maxUsers;
  if (data.has('isPrivate')) settings.isPrivate = true;
  if (data.has('persistent')) settings.persistent = true;
  return settings;
}

// formValues gives what the form shows of a room. The password is nobody's to show.
export const formValues = ({ name, description, maxUsers, isPrivate, hasPassword }) => ({
  name, description: description ?? '', maxUsers: maxUsers ?? '', isPrivate: isPrivate === true, hasPassword,
});

// changedSettings gives what updateRoom has to be told, which may be nothing.
export function changedSettings(info, data) {
  const before = formValues(info);
  const now = {
    name: data.get('name').trim(),
    description: data.get('description').trim(),
    maxUsers: Number(data.get('maxUsers')) || null,
    isPrivate: data.has('isPrivate'),
  };
  const settings = {};
  for (const [name, value] of Object.entries(now)) {
    if (value !== (before[name] === '' && name === 'maxUsers' ? null : before[name])) settings[name] = value;
  }
  if (data.get('password')) settings.password = data.get('password');
  else if (data.has('withoutPassword')) settings.password = null;
  return settings;
}
