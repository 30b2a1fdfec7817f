package compat.steps;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Drives a client: one step per line on stdin, one JSON object per step on stdout. */
public final class Steps {

    /** One thing done with the client; gives what the test is told besides name and success. */
    @FunctionalInterface
    public interface Step {
        Map<String, ?> run(String[] words) throws Exception;
    }

    private Steps() {}

    /** Answers steps until stdin ends. A step gets the words after its name. */
    public static void run(Map<String, Step> steps) throws IOException {
        PrintStream answers = System.out;
        // Whatever else is printed must not get between the answers.
        System.setOut(System.err);
        var json = new ObjectMapper();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] words = line.split(" ");
            var answer = new LinkedHashMap<String, Object>();
            answer.put("step", words[0]);
            answer.put("ok", true);
            try {
                answer.putAll(steps.get(words[0]).run(Arrays.copyOfRange(words, 1, words.length)));
            } catch (Exception failure) {
                answer.put("ok", false);
                answer.put("error", failure.toString());
            }
            answers.println(json.writeValueAsString(answer));
        }
    }

    /** A setting from the environment. */
    public static String setting(String name) {
        String value = System.getenv(name);
        if (value == null) {
            throw new IllegalStateException(name + " is not set");
        }
        return value;
    }
}
