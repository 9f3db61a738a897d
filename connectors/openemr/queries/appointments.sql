-- Appointments of patients. Events without patient (in office, vacation, lunch) are the providers' own and stay in their table.
-- The status * gets a word here: in a code map it would stand for everything else.
SELECT
    a.pc_eid AS id,
    a.pc_pid AS pid,
    CASE a.pc_apptstatus WHEN '*' THEN 'reminder-done' ELSE a.pc_apptstatus END AS status,
    CASE a.pc_apptstatus WHEN '!' THEN 'Left without visit' WHEN '%' THEN 'Canceled less than 24 hours before' END AS why,
    c.pc_catname AS category,
    a.pc_title AS title,
    a.pc_hometext AS comments,
    CASE WHEN a.pc_alldayevent = '1' OR a.pc_startTime IS NULL THEN a.pc_eventDate
         ELSE CONCAT(a.pc_eventDate, ' ', a.pc_startTime) END AS begins,
    CASE WHEN a.pc_alldayevent = '1' OR a.pc_endTime IS NULL OR a.pc_endTime < a.pc_startTime THEN NULL
         ELSE CONCAT(a.pc_eventDate, ' ', a.pc_endTime) END AS ends,
    CASE WHEN a.pc_alldayevent = '1' THEN NULL
         ELSE CAST((a.pc_duration - a.pc_duration % 60) / 60 AS SIGNED) END AS minutes,
    a.pc_time AS booked,
    CASE WHEN a.pc_recurrtype <> '0' THEN a.pc_recurrspec END AS repeats,
    a.pc_room AS room,
    CASE WHEN a.pc_aid IN ('', '0') THEN NULL ELSE a.pc_aid END AS provider_id,
    CASE WHEN a.pc_facility > 0 THEN a.pc_facility END AS facility_id
FROM openemr_postcalendar_events a
LEFT JOIN openemr_postcalendar_categories c ON c.pc_catid = a.pc_catid
WHERE COALESCE(a.pc_pid, '') NOT IN ('', '0')
