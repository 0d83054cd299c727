// Tells warmsheet that something was changed in this spreadsheet, so that it looks at once.
//
// Extensions > Apps Script, paste this, put in the two values, save. Then Triggers (the clock) >
// Add trigger: function lookNow, event source "From spreadsheet", event type "On change"; and a
// second one with "On form submit" if a Google Form writes here.
// A simple onEdit() may not fetch anything: it must be a trigger that you add.

const ADDRESS = 'https://leads.example.com/forms/look';
const TOKEN = 'THE TOKEN OF A FORM';

function lookNow() {
  // Typing fills many cells, and each change calls this. The first waits some seconds and asks for
  // all that come meanwhile; a change after that finds nobody waiting and asks anew, so none is
  // left out.
  const cache = CacheService.getScriptCache();
  if (cache.get('waiting')) return;
  cache.put('waiting', 'yes', 30);
  Utilities.sleep(5000);
  cache.remove('waiting');
  UrlFetchApp.fetch(ADDRESS, {
    method: 'post',
    headers: { Authorization: 'Bearer ' + TOKEN },
    muteHttpExceptions: true,
  });
}
