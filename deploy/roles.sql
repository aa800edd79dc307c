-- Creates the database of the register and its login roles, none of them a superuser. Run it once per PostgreSQL
-- server, as its administrator, with two passwords in the environment:
--   REGISTER_OWNER_PASSWORD=... REGISTER_WEB_PASSWORD=... psql -v ON_ERROR_STOP=1 -f deploy/roles.sql postgres
-- Compose runs it when it initializes its database. `register_owner` is for migrations and loads, `register_web` for
-- serving. `register_web` owns nothing.
\getenv owner_password REGISTER_OWNER_PASSWORD
\getenv web_password REGISTER_WEB_PASSWORD

CREATE ROLE register_owner LOGIN PASSWORD :'owner_password';
CREATE ROLE register_web LOGIN PASSWORD :'web_password';

-- The roles of requests. They cannot log in.
CREATE ROLE roundtable_reader_u NOLOGIN;
CREATE ROLE roundtable_reader_sbu NOLOGIN;
CREATE ROLE roundtable_writer NOLOGIN;
GRANT roundtable_reader_u, roundtable_reader_sbu, roundtable_writer TO register_owner, register_web
    WITH INHERIT FALSE, SET TRUE;

CREATE DATABASE register OWNER register_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8';
REVOKE CONNECT, TEMPORARY ON DATABASE register FROM PUBLIC;
GRANT CONNECT ON DATABASE register TO register_web;
