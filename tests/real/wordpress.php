<?php
// Installs WordPress with one editor, and prints one line of JSON: what opens it.
// php wordpress.php ROOT ADDRESS
[, $root, $address] = $argv;
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url($address, PHP_URL_HOST) . ':' . parse_url($address, PHP_URL_PORT);
$_SERVER['REQUEST_URI'] = '/';
require "$root/wp-load.php";
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install('A blog for one run', 'admin', 'admin@example.org', true, '', 'a-password-for-one-run');
update_option('siteurl', $address);
update_option('home', $address);
update_option('permalink_structure', '/%postname%/');
// Whoever visits is shown at once, and may write again within fifteen seconds: tests do not wait.
update_option('comment_previously_approved', '0');
wp_mkdir_p(WPMU_PLUGIN_DIR);
file_put_contents(WPMU_PLUGIN_DIR . '/visits.php', "<?php add_filter('wp_is_comment_flood', '__return_false', 99);");
$editor = wp_insert_user(['user_login' => 'martin', 'user_email' => 'martin@example.org', 'user_pass' => 'a-password-for-one-run', 'role' => 'editor']);
[$password] = WP_Application_Passwords::create_new_application_password($editor, ['name' => 'parution']);
echo json_encode(['base_url' => $address, 'user' => 'martin', 'application_password' => WP_Application_Passwords::chunk_password($password)]), "\n";
