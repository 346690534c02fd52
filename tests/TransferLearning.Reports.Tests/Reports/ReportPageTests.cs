using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Reports.Tests;

/// <summary>The report as people meet it: on screens of two widths and themes, by keyboard, with a screen reader.</summary>
public sealed class ReportPageTests
{
    private static readonly int[] Widths = [1280, 390];

    [Fact]
    public async Task It_fits_a_desktop_and_a_phone_in_both_themes()
    {
        await using Chromium browser = await Chromium.StartAsync();
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "report.html");
        Pocket.Report.Save(path);
        string? kept = Environment.GetEnvironmentVariable("TRANSFERLEARNING_SCREENSHOTS");
        List<double> brightness = [];
        foreach ((int width, bool isDark) in Widths.SelectMany(width => new[] { (width, false), (width, true) }))
        {
            await browser.OpenAsync(path, width, isDark);
            JsonElement wide = await browser.EvaluateAsync(
                "[...document.querySelectorAll('body *')].filter(one => !one.closest('.scroll *, .skip') && "
                    + "one.getBoundingClientRect().right > innerWidth + 0.5).map(one => one.outerHTML.slice(0, 80))");
            Assert.Empty(wide.EnumerateArray().Select(one => one.GetString()));
            Assert.Equal(width, (await browser.EvaluateAsync("document.documentElement.scrollWidth")).GetInt32());
            Assert.Equal(
                0, (await browser.EvaluateAsync("[...document.images].filter(image => !image.naturalWidth).length")).GetInt32());
            string color = (await browser.EvaluateAsync("getComputedStyle(document.body).backgroundColor")).GetString()!;
            brightness.Add(color.Split('(', ',', ')').Skip(1).Take(3).Average(part => double.Parse(part, CultureInfo.InvariantCulture)));
            if (kept is not null)
            {
                await File.WriteAllBytesAsync(
                    Path.Combine(kept, $"report-{width}-{(isDark ? "dark" : "light")}.png"), await browser.ScreenshotAsync());
            }
        }

        Assert.All(brightness.Where((_, i) => i % 2 == 0), value => Assert.True(value > 200));
        Assert.All(brightness.Where((_, i) => i % 2 == 1), value => Assert.True(value < 60));
    }

    [Fact]
    public async Task The_keyboard_reaches_everything_in_order_and_shows_where_it_is()
    {
        await using Chromium browser = await Chromium.StartAsync();
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "report.html");
        Pocket.Report.Save(path);
        await browser.OpenAsync(path, 1280, isDark: false);
        int stops = (await browser.EvaluateAsync("document.querySelectorAll('a[href], [tabindex=\"0\"]').length")).GetInt32();
        List<int> order = [];
        for (int stop = 0; stop < stops; stop++)
        {
            await browser.PressTabAsync();
            order.Add((await browser.EvaluateAsync(
                "[...document.querySelectorAll('a[href], [tabindex=\"0\"]')].indexOf(document.activeElement)")).GetInt32());
            Assert.NotEqual("none", (await browser.EvaluateAsync("getComputedStyle(document.activeElement).outlineStyle")).GetString());
        }

        Assert.Equal(Enumerable.Range(0, stops), order);
    }

    [Fact]
    public async Task Nothing_in_it_runs_or_is_loaded()
    {
        await using Chromium browser = await Chromium.StartAsync();
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "report.html");
        Pocket.Report.Save(path);
        await browser.OpenAsync(path, 1280, isDark: false);
        Assert.Equal(0, (await browser.EvaluateAsync("document.scripts.length")).GetInt32());
        JsonElement loaded = await browser.EvaluateAsync(
            "performance.getEntriesByType('resource').map(one => one.name).filter(name => !name.startsWith('data:'))");
        Assert.Equal(0, loaded.GetArrayLength());

        // The policy lets the style work, and a script that came in all the same would not run.
        Assert.Equal("auto", (await browser.EvaluateAsync("getComputedStyle(document.querySelector('.scroll')).overflowX")).GetString());
        Assert.Equal("undefined", (await browser.EvaluateAsync(
            "const own = document.createElement('script'); own.textContent = 'window.ran = 1'; document.body.append(own); "
                + "typeof window.ran")).GetString());
    }

    [Fact]
    public async Task Axe_finds_nothing_serious()
    {
        string axe = AxeCore.Script();
        await using Chromium browser = await Chromium.StartAsync();
        using TemporaryFolder folder = new();
        string path = Path.Combine(folder.Path, "report.html");
        Pocket.Report.Save(path);
        foreach ((int width, bool isDark) in Widths.SelectMany(width => new[] { (width, false), (width, true) }))
        {
            await browser.OpenAsync(path, width, isDark);
            await browser.EvaluateAsync(axe);
            JsonElement found = await browser.EvaluateAsync(
                "axe.run().then(result => result.violations.map(one => `${one.impact} ${one.id}: ${one.nodes[0].html.slice(0, 200)}`))");
            Assert.Empty(found.EnumerateArray().Select(one => one.GetString()));
        }
    }
}
